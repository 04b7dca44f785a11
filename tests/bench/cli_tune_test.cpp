// `assay tune` where there is nothing to tune: what becomes of files.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

TEST(Tune, KeepsADamagedFile) {
  const TemporaryFolder folder;
  const std::string file = folder / "tuned.tsv";
  std::ofstream(file) << "not a tuning file\n";
  const Ended ended = assay_run({"tune", "--device", "reference:0", "--tuning", file});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("anything to tune"));
  EXPECT_THAT(ended.err, HasSubstr("it is kept as " + file + ".damaged"));
  EXPECT_EQ(read_file(file + ".damaged"), "not a tuning file\n");
}

TEST(Tune, FindsBeforeTuningThatAFileCannotBeWritten) {
  const TemporaryFolder folder;
  const std::string file = folder / "absent/tuned.tsv";
  const Ended ended = assay_run({"tune", "--device", "reference:0", "--tuning", file});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr(file));
}

}  // namespace
}  // namespace assay
