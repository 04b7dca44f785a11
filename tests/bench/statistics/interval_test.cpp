#include "bench/statistics/interval.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace assay {
namespace {

TEST(GeometricInterval, MatchesItsClosedForm) {
  // Logarithms -1, 0, 1: mean 0, standard deviation 1. With 2 degrees of freedom the quantile of
  // Student's distribution that leaves a = 95 % between -t and t is a sqrt(2 / (1 - a^2)).
  const std::vector<double> values = {std::exp(-1), 1, std::exp(1)};
  const auto interval = geometric_interval(values, 0.95);
  ASSERT_TRUE(interval);
  const double t = 0.95 * std::sqrt(2 / (1 - 0.95 * 0.95));
  const double half = t / std::sqrt(3.0);
  EXPECT_NEAR(std::log(interval->low), -half, 1e-12);
  EXPECT_NEAR(std::log(interval->high), half, 1e-12);
  EXPECT_NEAR(*relative_half_width(values, 0.95), std::exp(half) - 1, 1e-10);
}

TEST(GeometricInterval, OfEqualValuesHasNoWidth) {
  const std::vector<double> values(5, 3.5);
  EXPECT_NEAR(*relative_half_width(values, 0.95), 0, 1e-12);
}

TEST(GeometricInterval, ScalesWithItsValues) {
  const std::vector<double> values = {1, 2, 4, 3};
  const std::vector<double> scaled = {10, 20, 40, 30};
  EXPECT_NEAR(geometric_interval(scaled, 0.9)->high, 10 * geometric_interval(values, 0.9)->high,
              1e-9);
}

TEST(GeometricInterval, NeedsTwoPositiveFiniteValues) {
  EXPECT_FALSE(geometric_interval(std::vector<double>{}, 0.95));
  EXPECT_FALSE(geometric_interval(std::vector<double>{1}, 0.95));
  EXPECT_FALSE(geometric_interval(std::vector<double>{1, 0}, 0.95));
  EXPECT_FALSE(geometric_interval(std::vector<double>{1, -2}, 0.95));
  EXPECT_FALSE(
      geometric_interval(std::vector<double>{1, std::numeric_limits<double>::infinity()}, 0.95));
}

// The share of 20,000 experiments whose interval holds the truth lies within four standard
// deviations of the confidence promised.
TEST(GeometricInterval, CoversAsOftenAsItPromises) {
  constexpr int experiments = 20000;
  constexpr double confidence = 0.95;
  for (const std::size_t size : {3U, 5U, 10U}) {
    std::mt19937_64 generator(20240917);
    std::lognormal_distribution<double> distribution(std::log(100.0), 0.2);
    int covered = 0;
    for (int i = 0; i < experiments; ++i) {
      std::vector<double> values(size);
      for (double& value : values) value = distribution(generator);
      const auto interval = geometric_interval(values, confidence);
      if (interval && interval->low <= 100 && 100 <= interval->high) ++covered;
    }
    const double share = static_cast<double>(covered) / experiments;
    EXPECT_NEAR(share, confidence, 4 * std::sqrt(confidence * (1 - confidence) / experiments))
        << size << " values";
  }
}

}  // namespace
}  // namespace assay
