#include "bench/statistics/quantile.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> values = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 4);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(values, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(values, 0.1), 1.3);
}

TEST(Quantile, OfOneValueIsThatValue) {
  const std::vector<double> values = {7};
  for (const double p : {0.0, 0.3, 1.0}) EXPECT_EQ(quantile(values, p), 7);
}

TEST(Median, IsTheMiddle) {
  EXPECT_EQ(median(std::vector<double>{9, 1, 5}), 5);
  EXPECT_EQ(median(std::vector<double>{9, 1}), 5);
}

TEST(Median, OfNothingIsAnError) { EXPECT_THROW((void)median({}), Error); }

}  // namespace
}  // namespace assay
