#include "bench/statistics/steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/statistics/ranks.hpp"
#include "noise.hpp"

namespace assay {
namespace {

TEST(MidRanks, ShareTheRanksOfEqualValues) {
  EXPECT_THAT(mid_ranks(std::vector<double>{30, 10, 20, 10}), testing::ElementsAre(4, 1.5, 3, 1.5));
  EXPECT_TRUE(mid_ranks({}).empty());
}

TEST(FindSteps, NamesTheLastValueBeforeTheStep) {
  simulation::Random random(6, 0);
  std::vector<double> values = simulation::series({.size = 0.001}, 60, random);
  for (std::size_t i = 37; i < values.size(); ++i) values[i] += 0.05;
  const std::vector<Step> steps = find_steps(values, {});
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].before, 36U);
  EXPECT_NEAR(steps[0].change, 0.05, 0.001);
  EXPECT_LE(steps[0].p, 0.01);
}

TEST(FindSteps, FindsSeveralAndSortsThem) {
  simulation::Random random(2, 0);
  std::vector<double> values = simulation::series({.size = 0.001}, 120, random);
  for (std::size_t i = 40; i < values.size(); ++i) values[i] += 0.05;
  for (std::size_t i = 80; i < values.size(); ++i) values[i] -= 0.03;
  const std::vector<Step> steps = find_steps(values, {});
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].before, 39U);
  EXPECT_EQ(steps[1].before, 79U);
  EXPECT_NEAR(steps[1].change, -0.03, 0.001);
}

TEST(FindSteps, IgnoresOneWildValue) {
  simulation::Random random(3, 0);
  std::vector<double> values = simulation::series({.size = 0.02}, 100, random);
  values[50] = 100;
  EXPECT_TRUE(find_steps(values, {}).empty());
}

TEST(FindSteps, FindsNothingInConstantOrShortSeries) {
  EXPECT_TRUE(find_steps(std::vector<double>(50, 1.0), {}).empty());
  EXPECT_TRUE(find_steps(std::vector<double>{0, 0, 0, 0, 1, 1, 1, 1, 1}, {}).empty());
  EXPECT_TRUE(find_steps({}, {}).empty());
}

TEST(FindSteps, IsTheSameEveryTime) {
  simulation::Random random(4, 0);
  std::vector<double> values = simulation::series({.size = 0.02}, 100, random);
  for (std::size_t i = 60; i < values.size(); ++i) values[i] += 0.03;
  const std::vector<Step> first = find_steps(values, {});
  const std::vector<Step> again = find_steps(values, {});
  ASSERT_EQ(first.size(), again.size());
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(first[0].p, again[0].p);
}

TEST(FindSteps, FindsAClearOneWithEightPointsOnEitherSide) {
  for (const std::size_t size : {16U, 20U, 24U, 30U, 31U, 32U, 36U, 40U, 47U, 48U, 60U, 100U}) {
    for (std::size_t at = 8; at + 8 <= size; ++at) {
      simulation::Random random(size, at);
      std::vector<double> values = simulation::series({.size = 0.002}, size, random);
      for (std::size_t i = at; i < size; ++i) values[i] += 0.7;
      const std::vector<Step> steps = find_steps(values, {});
      ASSERT_FALSE(steps.empty()) << at << " of " << size;
      EXPECT_TRUE(std::ranges::any_of(steps, [&](const Step& s) { return s.before + 1 == at; }))
          << at << " of " << size;
    }
  }
}

TEST(FindSteps, FindsOneThatIsNinePointsOld) {
  simulation::Random random(5, 0);
  std::vector<double> values = simulation::series({.size = 0.001}, 60, random);
  for (std::size_t i = 51; i < values.size(); ++i) values[i] += 0.1;
  const std::vector<Step> steps = find_steps(values, {});
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.back().before, 50U);
}

// Both sides of every single step look alike.
TEST(FindSteps, FindsOneThatWasTakenBack) {
  for (const std::size_t size : {60U, 100U, 400U}) {
    for (const double by : {0.05, 0.2, -0.1}) {
      simulation::Random random(size, 1);
      std::vector<double> values = simulation::series({.size = 0.01}, size, random);
      const std::size_t first = 2 * size / 5;
      const std::size_t last = 3 * size / 5;
      for (std::size_t i = first; i < last; ++i) values[i] += by;
      const std::vector<Step> steps = find_steps(values, {});
      ASSERT_EQ(steps.size(), 2U) << by << " of " << size;
      EXPECT_NEAR(static_cast<double>(steps[0].before + 1), static_cast<double>(first), 1) << size;
      EXPECT_NEAR(static_cast<double>(steps[1].before + 1), static_cast<double>(last), 1) << size;
      EXPECT_NEAR(steps[0].change, by, 0.02);
      EXPECT_NEAR(steps[1].change, -by, 0.02);
    }
  }
}

}  // namespace
}  // namespace assay
