#include "bench/statistics/hodges_lehmann.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(WalshAverages, AreAllAveragesOfTwoSorted) {
  const std::vector<double> values = {4, 0, 1};
  EXPECT_THAT(walsh_averages(values), testing::ElementsAre(0, 0.5, 1, 2, 2.5, 4));
}

TEST(HodgesLehmann, IsTheMedianOfTheAverages) {
  EXPECT_DOUBLE_EQ(hodges_lehmann(std::vector<double>{4, 0, 1}), 1.5);
  EXPECT_DOUBLE_EQ(hodges_lehmann(std::vector<double>{3, 5}), 4);
  EXPECT_DOUBLE_EQ(hodges_lehmann(std::vector<double>{7}), 7);
}

TEST(HodgesLehmann, IsNotCarriedAwayByOneWildValue) {
  const std::vector<double> values = {1, 2, 3, 4, 1e9};
  EXPECT_LE(hodges_lehmann(values), 4);
}

TEST(HodgesLehmann, MovesWithItsValues) {
  const std::vector<double> values = {0.1, -0.4, 0.25, 0.6};
  std::vector<double> moved = values;
  for (double& value : moved) value = 3 - 2 * value;
  EXPECT_NEAR(hodges_lehmann(moved), 3 - 2 * hodges_lehmann(values), 1e-12);
}

TEST(HodgesLehmann, NeedsAValue) { EXPECT_THROW((void)hodges_lehmann({}), Error); }

// Hollander, Wolfe and Chicken, Nonparametric Statistical Methods: with n = 10, P(W >= 47) = 0.024 and
// P(W >= 46) = 0.032, so that the 95 % interval goes from the 9th smallest average to the 9th largest.
TEST(HodgesLehmannInterval, EndsAtTheAveragesThatTheTablesName) {
  const std::vector<double> values = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
  const std::vector<double> averages = walsh_averages(values);
  const Estimate e = hodges_lehmann_interval(values, 0.95);
  EXPECT_DOUBLE_EQ(e.low, averages[8]);
  EXPECT_DOUBLE_EQ(e.high, averages[averages.size() - 9]);
}

TEST(HodgesLehmannInterval, IsInfiniteWhereValuesAreTooFew) {
  const std::vector<double> five = {1, 2, 3, 4, 5};
  EXPECT_TRUE(std::isinf(hodges_lehmann_interval(five, 0.95).low));
  EXPECT_TRUE(std::isinf(hodges_lehmann_interval(five, 0.95).high));
  const std::vector<double> six = {1, 2, 3, 4, 5, 6};
  EXPECT_DOUBLE_EQ(hodges_lehmann_interval(six, 0.95).low, 1);
  EXPECT_DOUBLE_EQ(hodges_lehmann_interval(six, 0.95).high, 6);
}

}  // namespace
}  // namespace assay
