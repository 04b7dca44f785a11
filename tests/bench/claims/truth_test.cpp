// Verdicts on devices whose truth is planted, far from the margins and at them.
#include <gtest/gtest.h>

#include <vector>

#include "bench/claims/verdict.hpp"
#include "planted.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

const Margins margins = {"low >= 0.8", "high < 0.5", 0.8, 0.5};

TEST(PlantedTruth, AtMostOneVerdictInAHundredIsWrong) {
  const Claim claim = planted_claim(
      "[[quantity]]\nname = \"speed\"\nmeasure = \"suite\"\nside = \"a\"\nother = \"b\"\n"
      "cases = \"matmul\"\n" +
      test_text("speed", "speed", margins));
  VerdictTally tally;
  std::uint64_t seed = 100;
  for (const double truth : {0.2, 0.45, 0.495, 0.505, 0.65, 0.79, 0.81, 1.2}) {
    for (const double noise : {0.02, 0.05, 0.1}) {
      for (int t = 0; t < trials(20); ++t) {
        Synthetic records(seed++);
        records.add("matmul/dtype:f16/m:64/n:64/k:64", h100, 1e6, noise);
        records.add("matmul/dtype:f16/m:64/n:64/k:64", mi300x, 1e6 / truth, noise);
        const Evidence evidence = records.evidence(test_facts());
        tally.note(judge(claim, evidence).word, margins.of(truth), truth == 0.2 || truth == 1.2);
      }
    }
  }
  tally.expect_right("suite");
}

// A claim of five tests, any of which may be wrong, and two boards a side: nothing is widened.
TEST(PlantedTruth, NorOfABuiltInClaimWithTwoBoards) {
  VerdictTally tally;
  std::uint64_t seed = 100000;
  const std::vector<std::string> problems = {"matmul/dtype:bf16/m:512/n:4096/k:4096",
                                             "matmul/dtype:bf16/m:1/n:4096/k:4096",
                                             "attention/dtype:bf16/heads:8/q:128/d:64"};
  for (const double truth : {0.46, 0.475, 0.495, 0.505, 0.65, 0.79, 0.81, 1.0}) {
    for (const double noise : {0.02, 0.05}) {
      for (int t = 0; t < trials(20); ++t) {
        Synthetic records(seed++);
        for (const char* board : {"1", "2"}) {
          SyntheticDevice nvidia = h100;
          SyntheticDevice amd = mi300x;
          nvidia.hardware += board;
          amd.hardware += board;
          for (const std::string& problem : problems) {
            records.add(problem, nvidia, 1e6, noise);
            records.add(problem, amd, 1e6 / truth, noise);
          }
        }
        const VerdictWord said = judged("mi300x-realistic-alternative", records).word;
        tally.note(said, margins.of(truth), truth == 1);
      }
    }
  }
  tally.expect_right("a suite of three");
}

}  // namespace
}  // namespace assay
