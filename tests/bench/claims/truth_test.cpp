// Verdicts on devices whose truth is planted, far from the margins and at them.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/claims/verdict.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

const std::string text = R"(id = "planted"
class = "measurable"
[statement]
language = "en"
original = "the one is nearly as fast as the other"
english = "the one is nearly as fast as the other"
[source]
document = "d"
date = "2024"
[side.a]
label = "MI300X"
devices = ["AMD Instinct MI300X"]
[side.b]
label = "H100"
devices = ["NVIDIA H100 SXM"]
[[quantity]]
name = "speed"
measure = "suite"
side = "a"
other = "b"
cases = "matmul"
[[test]]
name = "speed"
quantity = "speed"
support = "low >= 0.8"
refute = "high < 0.5"
)";

bool wrong(VerdictWord word, double truth) {
  return (word == VerdictWord::supported && truth < 0.8) ||
         (word == VerdictWord::refuted && truth >= 0.5) ||
         (word == VerdictWord::conditional && (truth < 0.5 || truth >= 0.8));
}

// ASSAY_TRUTH_TRIALS: for a longer look.
int trials() {
  const char* given = std::getenv("ASSAY_TRUTH_TRIALS");
  return given == nullptr ? 20 : std::atoi(given);
}

TEST(PlantedTruth, AtMostOneVerdictInAHundredIsWrong) {
  const Claim claim = parse_claim("planted.toml", text, test_facts());
  int all = 0;
  int bad = 0;
  int decided = 0;
  std::uint64_t seed = 100;
  for (const double truth : {0.2, 0.45, 0.495, 0.505, 0.65, 0.79, 0.81, 1.2}) {
    for (const double noise : {0.02, 0.05, 0.1}) {
      for (int t = 0; t < trials(); ++t) {
        Synthetic records(seed++);
        records.add("matmul/dtype:f16/m:64/n:64/k:64", h100, 1e6, noise);
        records.add("matmul/dtype:f16/m:64/n:64/k:64", mi300x, 1e6 / truth, noise);
        const Evidence evidence = records.evidence(test_facts());
        const VerdictWord word = judge(claim, evidence).word;
        ++all;
        bad += wrong(word, truth) ? 1 : 0;
        const bool clear = truth == 0.2 || truth == 1.2;
        decided += clear && word != VerdictWord::inconclusive ? 1 : 0;
      }
    }
  }
  std::printf("%d of %d verdicts wrong\n", bad, all);
  EXPECT_LE(bad * 100, all);
  // Far from the margins nearly every verdict is one.
  EXPECT_GE(decided * 100, 95 * 2 * 3 * trials());
}

// A claim of five tests, any of which may be wrong, and two boards a side: nothing is widened.
TEST(PlantedTruth, NorOfABuiltInClaimWithTwoBoards) {
  int all = 0;
  int bad = 0;
  std::uint64_t seed = 100000;
  const std::vector<std::string> problems = {"matmul/dtype:bf16/m:512/n:4096/k:4096",
                                             "matmul/dtype:bf16/m:1/n:4096/k:4096",
                                             "attention/dtype:bf16/heads:8/q:128/d:64"};
  for (const double truth : {0.46, 0.475, 0.495, 0.505, 0.65, 0.79, 0.81, 1.0}) {
    for (const double noise : {0.02, 0.05}) {
      for (int t = 0; t < trials(); ++t) {
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
        ++all;
        bad += wrong(judged("mi300x-realistic-alternative", records).word, truth) ? 1 : 0;
      }
    }
  }
  std::printf("%d of %d verdicts wrong\n", bad, all);
  EXPECT_LE(bad * 100, all);
}

}  // namespace
}  // namespace assay
