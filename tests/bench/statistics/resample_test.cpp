#include "bench/statistics/resample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "noise.hpp"
#include "simulations.hpp"

namespace assay {
namespace {

// 60 cases of 20 blocks of one program against itself; `bias` favours a side.
std::vector<std::vector<double>> recording(double bias) {
  std::vector<std::vector<double>> cases;
  simulation::Random random(11, 0);
  for (int i = 0; i < 60; ++i) {
    cases.push_back(simulation::abba_blocks({.name = "normal"}, bias, 20, random));
  }
  return cases;
}

TEST(Centred, LeavesTheSpreadAndTakesTheShift) {
  const std::vector<double> values = {1, 2, 3, 10};
  const std::vector<double> result = centred(values);
  for (std::size_t i = 1; i < values.size(); ++i) {
    EXPECT_DOUBLE_EQ(result[i] - result[0], values[i] - values[0]);
  }
  EXPECT_NEAR(centred(result)[0], result[0], 1e-12);
}

TEST(Resample, AlarmsSeldomOnNoiseWhateverItsShift) {
  for (const double bias : {0.0, 0.3}) {
    EXPECT_LE(resampled_false_alarms(recording(bias), {.rule = {}, .verdicts = 4000}), 60) << bias;
  }
}

TEST(RecordedSimulation, RefusesARecordingThatFavoursASide) {
  const auto broken = [](double bias) {
    std::vector<std::string> promises;
    simulation::recorded(recording(bias), simulation::short_size(), 1,
                         [&](const simulation::Tally& tally) {
                           if (!tally.holds()) promises.push_back(tally.what);
                         });
    return promises;
  };
  EXPECT_THAT(broken(0), testing::IsEmpty());
  EXPECT_THAT(broken(0.01), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace assay
