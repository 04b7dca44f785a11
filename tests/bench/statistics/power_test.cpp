#include "bench/statistics/power.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/statistics/sign_flip.hpp"
#include "noise.hpp"

namespace assay {
namespace {

TEST(PairedPower, IsTheLevelWithoutAnEffect) {
  EXPECT_NEAR(paired_power(0, 0.05, 12, 0.05), 0.05, 1e-9);
}

// Cohen, Statistical Power Analysis: one-sided 5 %, n = 20, d = 0.5 (paired) has power 0.695.
TEST(PairedPower, AgreesWithTheTables) {
  EXPECT_NEAR(paired_power(0.5, 1, 20, 0.05), 0.695, 0.002);
}

TEST(PairedPower, IsZeroWhereTheExactTestCanNotReject) {
  EXPECT_EQ(paired_power(10, 1, 6, 0.01), 0);
  EXPECT_GT(paired_power(10, 1, 7, 0.01), 0.99);
}

TEST(PairedPower, OfNoNoiseIsAllOrNothing) {
  EXPECT_EQ(paired_power(0.01, 0, 10, 0.01), 1);
  EXPECT_EQ(paired_power(0, 0, 10, 0.01), 0);
}

TEST(BlocksNeeded, IsTheFirstNumberThatReachesThePower) {
  const std::size_t n = blocks_needed(0.03, 0.05, 0.01, 0.95, 1000);
  EXPECT_GE(paired_power(0.03, 0.05, n, 0.01), 0.95);
  EXPECT_LT(paired_power(0.03, 0.05, n - 1, 0.01), 0.95);
  EXPECT_EQ(blocks_needed(0.03, 0.05, 0.01, 0.95, 20), 21U);
}

TEST(VisibleEffect, IsFoundWithThePower) {
  const double effect = visible_effect(0.05, 25, 0.01, 0.95);
  EXPECT_NEAR(paired_power(effect, 0.05, 25, 0.01), 0.95, 1e-6);
  EXPECT_TRUE(std::isinf(visible_effect(0.05, 6, 0.01, 0.95)));
  EXPECT_EQ(visible_effect(0, 25, 0.01, 0.95), 0);
}

// The t's power stands in for the sign-flip test's.
TEST(PairedPower, ForetellsTheSignFlipTest) {
  const SignFlipTest test(20);
  const double effect = 0.03;
  int found = 0;
  constexpr int trials = 4000;
  simulation::Random random(11, 0);
  for (int i = 0; i < trials; ++i) {
    std::vector<double> d(20);
    for (double& value : d) value = effect + 0.05 * random.normal();
    found += test.p_greater(d) <= 0.01;
  }
  EXPECT_NEAR(static_cast<double>(found) / trials, paired_power(effect, 0.05, 20, 0.01), 0.035);
}

}  // namespace
}  // namespace assay
