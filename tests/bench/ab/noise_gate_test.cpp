#include "bench/ab/noise_gate.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

MachineMoment moment(double time_s) {
  return {
      .time_s = time_s, .steal_s = 0, .throttled_periods = 0, .pressure_s = 0, .anchor_ns = 100};
}

TEST(NoiseGate, KeepsAQuietBlock) { EXPECT_EQ(disturbed(moment(0), moment(1), {}), ""); }

TEST(NoiseGate, DropsForEachReason) {
  MachineMoment after = moment(1);
  after.steal_s = 0.2;
  EXPECT_EQ(disturbed(moment(0), after, {}), "steal 20 %");
  after = moment(1);
  after.throttled_periods = 2;
  EXPECT_EQ(disturbed(moment(0), after, {}), "throttled in 2 periods");
  after = moment(1);
  after.pressure_s = 0.7;
  EXPECT_EQ(disturbed(moment(0), after, {}), "processor pressure 70 %");
  after = moment(1);
  after.anchor_ns = 200;
  EXPECT_EQ(disturbed(moment(0), after, {}), "anchor changed by x 2.00");
  after.anchor_ns = 50;
  EXPECT_EQ(disturbed(moment(0), after, {}), "anchor changed by x 0.50");
}

// More threads than processors wait for each other without anybody else's doing.
TEST(NoiseGate, TakesPressureForADisturbanceOnlyIfOthersUsedTheProcessors) {
  MachineMoment before = moment(0);
  before.others_s = 5;
  MachineMoment after = moment(1);
  after.pressure_s = 0.7;
  after.others_s = 5.1;
  EXPECT_EQ(disturbed(before, after, {}), "");
  after.others_s = 5.4;
  EXPECT_EQ(disturbed(before, after, {}),
            "processor pressure 70 %, others used 40 % of a processor");
}

TEST(NoiseGate, IgnoresWhatCanNotBeMeasured) {
  MachineMoment after = moment(1);
  after.steal_s.reset();
  after.throttled_periods.reset();
  after.pressure_s.reset();
  EXPECT_EQ(disturbed(moment(0), after, {}), "");
}

TEST(MachineMoment, ReadsTheCountersOfTheMachine) {
  const TemporaryFolder folder;
  const std::filesystem::path& root = folder.path();
  std::filesystem::create_directories(root / "proc/pressure");
  std::ofstream(root / "proc/stat") << "cpu  1 2 3 4 5 6 7 400 0 0\n";
  std::ofstream(root / "proc/pressure/cpu")
      << "some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\n";
  const MachineMoment m = machine_moment(0, root);
  EXPECT_GT(*m.steal_s, 0);
  EXPECT_TRUE(m.others_s);
  EXPECT_DOUBLE_EQ(*m.pressure_s, 2);
  EXPECT_FALSE(m.throttled_periods);
  EXPECT_GT(m.anchor_ns, 0);
}

}  // namespace
}  // namespace assay
