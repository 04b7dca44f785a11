#include "bench/statistics/holm.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

TEST(Holm, AdjustsAndRejectsStepByStep) {
  // Sorted 0.01, 0.015, 0.02, 0.04 times 4, 3, 2, 1: 0.04, 0.045, 0.045 (kept), 0.045 (kept).
  const std::vector<double> p = {0.02, 0.01, 0.04, 0.015};
  const std::vector<HolmStep> steps = holm(p, 0.05);
  EXPECT_NEAR(steps[0].adjusted_p, 0.045, 1e-15);
  EXPECT_NEAR(steps[1].adjusted_p, 0.04, 1e-15);
  EXPECT_NEAR(steps[2].adjusted_p, 0.045, 1e-15);
  EXPECT_NEAR(steps[3].adjusted_p, 0.045, 1e-15);
  for (const HolmStep& step : steps) EXPECT_TRUE(step.rejected);
}

TEST(Holm, StopsAtTheFirstThatIsNotRejected) {
  // 0.02 > 0.05 / 3 stops it, though 0.03 <= 0.05 / 1.
  const std::vector<HolmStep> steps = holm(std::vector<double>{0.03, 0.02, 0.026}, 0.05);
  for (const HolmStep& step : steps) EXPECT_FALSE(step.rejected);
}

TEST(Holm, LevelsAreTheFamilysByWhatRemains) {
  const std::vector<HolmStep> steps = holm(std::vector<double>{0.5, 0.001}, 0.01);
  EXPECT_DOUBLE_EQ(steps[1].level, 0.005);
  EXPECT_DOUBLE_EQ(steps[0].level, 0.01);
  EXPECT_DOUBLE_EQ(steps[0].adjusted_p, 0.5);
}

TEST(Holm, NeverExceedsOneAndTakesNone) {
  EXPECT_DOUBLE_EQ(holm(std::vector<double>{0.9, 0.8}, 0.05)[0].adjusted_p, 1);
  EXPECT_TRUE(holm({}, 0.05).empty());
}

}  // namespace
}  // namespace assay
