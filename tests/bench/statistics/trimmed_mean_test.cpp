#include "bench/statistics/trimmed_mean.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(TrimmedMean, OfNothingTrimmedIsThePlainMeanAndVariance) {
  const std::vector<double> values = {5, 1, 3, 2, 4};
  const TrimmedMean t = trimmed_mean(values, 0);
  EXPECT_DOUBLE_EQ(t.mean, 3);
  EXPECT_DOUBLE_EQ(t.variance, 2.5);
  EXPECT_EQ(t.kept, 5U);
}

// By hand: kept 2, 3, 4, 5; Winsorised 2, 2, 3, 4, 5, 5 with mean 3.5 and squares 9.5.
TEST(TrimmedMean, LeavesOutOneOfSixAtEachEnd) {
  const std::vector<double> values = {1000, 4, 2, 5, 3, -7};
  const TrimmedMean t = trimmed_mean(values, 0.2);
  EXPECT_EQ(t.kept, 4U);
  EXPECT_DOUBLE_EQ(t.mean, 3.5);
  EXPECT_DOUBLE_EQ(t.variance, 9.5 / 3);
}

TEST(TrimmedMean, TrimsAFifthRoundedDown) {
  EXPECT_EQ(trimmed_mean(std::vector<double>(4, 1.0), 0.2).kept, 4U);
  EXPECT_EQ(trimmed_mean(std::vector<double>(5, 1.0), 0.2).kept, 3U);
  EXPECT_EQ(trimmed_mean(std::vector<double>(20, 1.0), 0.2).kept, 12U);
}

TEST(TrimmedMean, IsNotMovedByHowWildAValueIs) {
  const TrimmedMean wild = trimmed_mean(std::vector<double>{1, 2, 3, 4, 5, 6e9}, 0.2);
  const TrimmedMean tame = trimmed_mean(std::vector<double>{1, 2, 3, 4, 5, 6}, 0.2);
  EXPECT_EQ(wild.mean, tame.mean);
  EXPECT_EQ(wild.variance, tame.variance);
}

TEST(TrimmedMean, RefusesTooFewValues) {
  EXPECT_THROW((void)trimmed_mean(std::vector<double>{1}, 0), Error);
  EXPECT_THROW((void)trimmed_mean(std::vector<double>{1, 2, 3}, 0.4), Error);
}

}  // namespace
}  // namespace assay
