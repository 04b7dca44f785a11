#include "bench/statistics/log_ratio.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(LogRatios, ArePositiveWhereBIsSlower) {
  const std::vector<double> d =
      log_ratios(std::vector<double>{10, 20}, std::vector<double>{20, 10});
  EXPECT_DOUBLE_EQ(d[0], std::log(2));
  EXPECT_DOUBLE_EQ(d[1], -std::log(2));
}

TEST(LogRatios, RefuseTimesThatAreNone) {
  const std::vector<double> good = {1};
  for (const double bad : {0.0, -1.0, HUGE_VAL, std::nan("")}) {
    EXPECT_THROW((void)log_ratios(good, std::vector<double>{bad}), Error);
    EXPECT_THROW((void)log_ratios(std::vector<double>{bad}, good), Error);
  }
  EXPECT_THROW((void)log_ratios(good, {}), Error);
}

TEST(PairedInterval, IsStudents) {
  // Mean 2, s = 1, n = 3: 2 -+ 4.302653 / sqrt(3).
  const auto e = paired_interval(std::vector<double>{1, 2, 3}, 0.95);
  ASSERT_TRUE(e);
  EXPECT_DOUBLE_EQ(e->value, 2);
  EXPECT_NEAR(e->low, 2 - 4.302653 / std::sqrt(3), 1e-6);
  EXPECT_NEAR(e->high, 2 + 4.302653 / std::sqrt(3), 1e-6);
}

TEST(PairedInterval, NeedsThreeValues) {
  EXPECT_FALSE(paired_interval(std::vector<double>{1, 2}, 0.95));
}

TEST(PairedInterval, OfEqualValuesIsAPoint) {
  const auto e = paired_interval(std::vector<double>{1, 1, 1}, 0.95);
  EXPECT_DOUBLE_EQ(e->low, 1);
  EXPECT_DOUBLE_EQ(e->high, 1);
}

TEST(UnpairedInterval, IsWelchs) {
  // Logarithms 1, 2, 3 and 2, 4, 6: difference 2, squared errors 1/3 and 4/3, degrees of freedom
  // (5/3)^2 / ((1/9 + 16/9) / 2) = 50/17, whose quantile 0.975 lies between those of 2 and 3.
  std::vector<double> a;
  std::vector<double> b;
  for (const double x : {1.0, 2.0, 3.0}) {
    a.push_back(std::exp(x));
    b.push_back(std::exp(2 * x));
  }
  const auto e = unpaired_interval(a, b, 0.95);
  ASSERT_TRUE(e);
  EXPECT_NEAR(e->value, 2, 1e-12);
  EXPECT_GT(e->high, 2 + 3.182446 * std::sqrt(5.0 / 3));
  EXPECT_LT(e->high, 2 + 4.302653 * std::sqrt(5.0 / 3));
  EXPECT_NEAR(e->high - 2, 2 - e->low, 1e-12);
}

TEST(UnpairedInterval, NeedsThreeOnEachSide) {
  EXPECT_FALSE(unpaired_interval(std::vector<double>{1, 2}, std::vector<double>{1, 2, 3}, 0.95));
  EXPECT_FALSE(unpaired_interval(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2}, 0.95));
}

TEST(UnpairedInterval, OfSameTimesIsAPoint) {
  const std::vector<double> same = {5, 5, 5};
  const auto e = unpaired_interval(same, same, 0.95);
  EXPECT_NEAR(e->low, 0, 1e-12);
  EXPECT_NEAR(e->high, 0, 1e-12);
}

TEST(GeometricMean, OfAValueAndItsInverseIsOne) {
  EXPECT_NEAR(geometric_mean(std::vector<double>{4, 0.25}), 1, 1e-15);
  EXPECT_THROW((void)geometric_mean({}), Error);
}

TEST(ToRatio, KeepsMissingBounds) {
  const Estimate ratio = to_ratio({0, -HUGE_VAL, std::log(1.5)});
  EXPECT_DOUBLE_EQ(ratio.value, 1);
  EXPECT_DOUBLE_EQ(ratio.low, 0);
  EXPECT_DOUBLE_EQ(ratio.high, 1.5);
}

}  // namespace
}  // namespace assay
