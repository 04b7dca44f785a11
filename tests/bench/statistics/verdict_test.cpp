#include "bench/statistics/verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

Verdict of(double estimate, double low, double high, const VerdictRule& rule = {}) {
  return judge({std::log(estimate), std::log(low), std::log(high)}, rule);
}

TEST(Verdict, PassesWhatIsShownToLieWithinTheMargin) {
  const Verdict v = of(1.00, 0.98, 1.02);
  EXPECT_EQ(v.outcome, Outcome::pass);
  EXPECT_FALSE(v.slower);
  EXPECT_FALSE(v.faster);
}

TEST(Verdict, SaysThatAPassIsSlowerOrFaster) {
  EXPECT_EQ(of(1.02, 1.01, 1.029).outcome, Outcome::pass);
  EXPECT_TRUE(of(1.02, 1.01, 1.029).slower);
  EXPECT_TRUE(of(0.9, 0.85, 0.99).faster);
}

TEST(Verdict, IsARegressionWhereSlownessIsShownAndNotWithinTheMargin) {
  EXPECT_EQ(of(1.05, 1.01, 1.09).outcome, Outcome::regression);
}

TEST(Verdict, IsNoRegressionBelowOnePercent) {
  EXPECT_EQ(of(1.009, 1.001, 1.04).outcome, Outcome::inconclusive);
  EXPECT_EQ(of(1.0101, 1.001, 1.04).outcome, Outcome::regression);
}

TEST(Verdict, IsNeverAPassBecauseNothingWasShown) {
  EXPECT_EQ(of(1.00, 0.90, 1.10).outcome, Outcome::inconclusive);
  EXPECT_EQ(of(0.98, 0.90, 1.031).outcome, Outcome::inconclusive);
}

TEST(Verdict, OfTheMarginItselfIsNotWithinIt) {
  EXPECT_EQ(of(1.01, 0.99, 1.03).outcome, Outcome::inconclusive);
}

TEST(Verdict, WithoutBoundsIsInconclusive) {
  EXPECT_EQ(judge({0, -HUGE_VAL, HUGE_VAL}, {}).outcome, Outcome::inconclusive);
  EXPECT_EQ(judge({0, -HUGE_VAL, 0.001}, {}).outcome, Outcome::pass);
}

TEST(Verdict, FollowsTheMargin) {
  EXPECT_EQ(of(1.05, 1.02, 1.08, {.margin = 0.1}).outcome, Outcome::pass);
  EXPECT_EQ(of(1.02, 1.005, 1.029, {.margin = 0.02}).outcome, Outcome::regression);
}

}  // namespace
}  // namespace assay
