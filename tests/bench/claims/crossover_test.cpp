#include "bench/claims/crossover.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/statistics/bootstrap.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

// Ratios that lie on a straight line through 1 at `turn`, measured by ten runs each.
std::vector<SizedRatio> line(double turn, double slope, double noise, std::uint64_t seed) {
  std::vector<SizedRatio> points;
  std::uint64_t drawn = 0;
  for (const double size : {1.0, 16.0, 512.0}) {
    std::vector<double> runs;
    for (int i = 0; i < 10; ++i) {
      const double z = near_normal(random_bits(seed, 3, drawn++));
      runs.push_back(std::exp(slope * std::log(size / turn) + noise * z));
    }
    const std::vector<std::vector<double>> groups = {runs};
    BootstrapOptions options;
    options.seed = seed + static_cast<std::uint64_t>(size);
    const Resampled resampled =
        resampled_medians(groups, [](std::span<const double> m) { return m[0]; }, options);
    points.push_back({size, resampled.estimate.value, resampled.values});
  }
  return points;
}

TEST(Crossover, LiesWhereTheLineTurns) {
  for (const double slope : {0.3, -0.3}) {
    const auto found = crossover(line(48, slope, 0, 1), 1);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->at, 48, 0.01);
    EXPECT_NEAR(found->low, 48, 0.01);
    EXPECT_NEAR(found->high, 48, 0.01);
  }
}

TEST(Crossover, OneBoardMovesBothEnds) {
  const auto found = crossover(line(48, 0.3, 0, 1), 1, 1.05);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->low, 48 / std::pow(1.05, 1 / 0.3), 0.01);
  EXPECT_NEAR(found->high, 48 * std::pow(1.05, 1 / 0.3), 0.01);
}

TEST(Crossover, IntervalHoldsThePlantedTruth) {
  int held = 0;
  constexpr int worlds = 200;
  for (int i = 0; i < worlds; ++i) {
    const auto found = crossover(line(48, 0.3, 0.05, 1000 + 10 * static_cast<std::uint64_t>(i)), 1);
    if (found && found->low <= 48 && 48 <= found->high) ++held;
  }
  // Of ten runs the bootstrap's intervals are a little too short.
  EXPECT_GE(held, worlds * 88 / 100);
}

TEST(Crossover, BeyondWhatWasMeasured) {
  // Some resamples never get to 1, others are there from the start.
  const std::vector<SizedRatio> points = {{16, 0.9, {0.9, 0.9, 1.1, 0.9}},
                                          {512, 1.1, {1.1, 0.95, 1.2, 1.1}}};
  const auto found = crossover(points, 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->low, 0);
  const auto wide = crossover(points, 1, 1.2);
  ASSERT_TRUE(wide);
  EXPECT_TRUE(std::isinf(wide->high));
  EXPECT_EQ(crossover_text({48, 0, 70}, "m", 16, 512), "m = 48 [below 16, 70]");
  EXPECT_EQ(crossover_text({48, 31, wide->high}, "m", 16, 512), "m = 48 [31, beyond 512]");
}

TEST(Crossover, NothingWhereItDoesNotTurnOnce) {
  EXPECT_FALSE(crossover(line(2000, 0.3, 0, 1), 1));
  EXPECT_FALSE(crossover({}, 1));
  const std::vector<double> none;
  EXPECT_FALSE(crossover({{1, 0.5, none}, {2, 2, none}}, 1)) << "no resamples, no interval";
  EXPECT_FALSE(crossover({{1, 0.5, {0.5}}, {2, 2, {2}}, {4, 0.5, {0.5}}}, 1)) << "twice";
}

}  // namespace
}  // namespace assay
