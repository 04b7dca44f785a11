#include "bench/repro.hpp"

#include <gmock/gmock.h>

namespace assay {
namespace {

TEST(Repro, SaysWhateverTheAnswerDependsOn) {
  Measure measure;
  EXPECT_EQ(repro_command("matmul/m:1", measure, ""), "assay run 'matmul/m:1'");
  measure.worker.threads = 2;
  measure.worker.environment.emplace_back("ASSAY_TUNING", "my own.tsv");
  measure.fill = Fill::zeros;
  measure.seed = 7;
  EXPECT_EQ(
      repro_command("matmul/m:1", measure, "/p.so"),
      "assay run --plugin /p.so 'matmul/m:1' --threads 2 --tuning \"my own.tsv\" --fill zeros "
      "--seed 7");
}

}  // namespace
}  // namespace assay
