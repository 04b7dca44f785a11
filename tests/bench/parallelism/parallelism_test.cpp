// A whole measurement on devices whose pipes, latency, cores and bandwidth are known.
#include "bench/parallelism/parallelism.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "bench/parallelism/parallelism_report.hpp"
#include "bench/parallelism/sweep.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

DeviceParallelism measured(const SimulatedDevice& device, bool cpu = true) {
  SimulatedMeter meter(device);
  DeviceParallelism found;
  measure_parallelism(meter, simulated(device, cpu), [](const std::string&) {}, found);
  return found;
}

// The number behind `word` in the first line that has both words; 0 where there is none.
double number_behind(const std::vector<std::string>& lines, const std::string& line_word,
                     const std::string& word) {
  for (const std::string& line : lines) {
    const std::size_t at = line.find(word);
    if (line.find(line_word) == std::string::npos || at == std::string::npos) continue;
    return std::atof(line.c_str() + at + word.size());
  }
  return 0;
}

// A sweep over units that delivered min(x, plateau).
DeviceParallelism with_units(std::int64_t units, double plateau, bool memory) {
  DeviceParallelism device;
  device.compute_units = units;
  Sweep sweep{"units",
              memory ? SweepBound::memory : SweepBound::arithmetic,
              memory ? "reading memory" : "f32.fma in registers",
              {}};
  for (const std::int64_t count : unit_counts(units)) {
    const auto x = static_cast<double>(count);
    sweep.points.push_back({x, {}, "", {1e9 * std::min(x, plateau)}, ""});
  }
  device.sweeps = {sweep};
  return device;
}

TEST(Parallelism, SaturationIsWhereTheDeviceSaturates) {
  for (const std::int64_t units : {8, 24, 80, 132}) {
    for (const double share : {0.25, 0.3, 0.55, 1.0}) {
      const double plateau = std::max(share * static_cast<double>(units), 2.0);
      const auto lines = reading(with_units(units, plateau, true));
      EXPECT_NEAR(number_behind(lines, "reading memory", "saturates at ") / plateau, 1, 0.03)
          << units << " units, " << lines.front();
    }
  }
  const auto lines = reading(with_units(132, 40, true));
  EXPECT_NEAR(number_behind(lines, "reading memory", "saturates at "), 40, 1.2);
}

TEST(Parallelism, IdealUnitsHaveNeitherContentionNorCoherency) {
  for (const std::int64_t units : {6, 8, 11, 64, 132}) {
    const DeviceParallelism device = with_units(units, static_cast<double>(units), false);
    const auto law = law_of(device, device.sweeps[0]);
    ASSERT_TRUE(law) << units;
    EXPECT_NEAR(law->contention, 0, 1e-9);
    EXPECT_NEAR(law->coherency, 0, 1e-9);
  }
}

TEST(Parallelism, NoLawIsFittedToTwoUnits) {
  // There are six points, of which two say how the units work together.
  const DeviceParallelism device = with_units(2, 2, false);
  EXPECT_EQ(device.sweeps[0].points.size(), 6U);
  EXPECT_FALSE(law_of(device, device.sweeps[0]));
  EXPECT_THAT(reading(device), Contains(AllOf(HasSubstr("efficiencies:"), HasSubstr("no law"))));
}

TEST(Parallelism, NoLawIsToldThatDoesNotFit) {
  // A step is no scalability law.
  DeviceParallelism device = with_units(132, 132, false);
  for (SweepPoint& each : device.sweeps[0].points) each.rates = {each.x < 50 ? 1e9 : 9e9};
  EXPECT_FALSE(law_of(device, device.sweeps[0]));
  EXPECT_FALSE(knee_of(device, device.sweeps[0]));
  EXPECT_THAT(reading(device), Contains(HasSubstr("reaches 95 % of the most at")));
}

TEST(Parallelism, TheDipOfUnevenSharesIsNoKnee) {
  // Three threads on two units take two turns.
  DeviceParallelism device = with_units(2, 2, false);
  for (SweepPoint& each : device.sweeps[0].points) {
    if (each.x == 3) each.rates = {1.5e9};
  }
  EXPECT_NEAR(number_behind(reading(device), "registers", "saturates at "), 2, 0.06);
}

TEST(Parallelism, RecoversPipesAndLatency) {
  for (const double latency : {3.0, 4.0, 6.0}) {
    for (const double pipes : {1.0, 2.0}) {
      SimulatedDevice device;
      device.latency = latency;
      device.pipes = pipes;
      const DeviceParallelism found = measured(device);
      ASSERT_TRUE(found.clock_hz);
      EXPECT_NEAR(*found.clock_hz / device.clock_hz, 1, 0.03);
      const auto knee = fit_knee(found.find("accumulators", SweepBound::arithmetic)->curve());
      ASSERT_TRUE(knee);
      const double step = 2 * 16 * *found.clock_hz;
      EXPECT_NEAR(step / knee->slope / latency, 1, 0.03) << latency << " " << pipes;
      EXPECT_NEAR(knee->plateau / step / pipes, 1, 0.03) << latency << " " << pipes;
    }
  }
}

TEST(Parallelism, RecoversCoresAndBandwidth) {
  const SimulatedDevice device;  // 8 cores; 20 GB/s each, 90 together: saturates at 4.5
  const DeviceParallelism found = measured(device);
  EXPECT_NEAR(found.most("units", SweepBound::arithmetic) / (8 * 2 * 16 * 2 * 4e9), 1, 0.03);
  EXPECT_NEAR(found.most("units", SweepBound::memory) / device.bandwidth, 1, 0.03);
  const auto lines = reading(found);
  EXPECT_THAT(
      lines, Contains(AllOf(HasSubstr("f32.fma in registers"), HasSubstr("scales linearly to 8"))));
  EXPECT_NEAR(number_behind(lines, "threads, reading memory", "saturates at ") / 4.5, 1, 0.03);
  EXPECT_NEAR(number_behind(lines, "f32.fma in registers: scales", "saturates at ") / 8, 1, 0.03);
  EXPECT_THAT(lines, Contains(HasSubstr("latency 4.0 cycles x 2.0")));
}

TEST(Parallelism, RecoversThePlacesThatFillMemory) {
  SimulatedDevice device;
  device.place_bandwidth = 8e9;  // 20 of one unit: 2.5 places
  const DeviceParallelism found = measured(device);
  const auto knee = knee_of(found, *found.find("accumulators", SweepBound::memory));
  ASSERT_TRUE(knee);
  EXPECT_NEAR(knee->knee / 2.5, 1, 0.03);
  EXPECT_NEAR(knee->plateau / device.one_bandwidth, 1, 0.03);
  const auto lines = reading(found);
  EXPECT_NEAR(number_behind(lines, "accumulators, reading memory", "saturates at ") / 2.5, 1, 0.03);
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("accumulators, reading memory, one thread: 1: "),
                                    HasSubstr(" GB/s; saturates at "))));
  // All of 8 units together: 90 / 64 places.
  EXPECT_NEAR(number_behind(lines, "occupancy, reading memory", "saturates at ") / (90.0 / 64), 1,
              0.03);
  EXPECT_THAT(lines, Contains(HasSubstr("places that a thread reads")));
}

TEST(Parallelism, OccupancyIsReadOnDevicesWithWorkItems) {
  SimulatedDevice device;
  device.work_group = 1024;
  device.lanes = 1;
  device.cores = 132;
  device.pipes = 128;
  const DeviceParallelism found = measured(device, false);
  // One chain a work-item: 512 of them fill 128 pipes of latency 4.
  EXPECT_NEAR(*saturates_at(found.find("items", SweepBound::arithmetic)->curve(), 0.97), 500, 20);
  EXPECT_THAT(reading(found), Contains(HasSubstr("scales linearly to 132")));
}

TEST(Parallelism, WrongAnswersAreSaid) {
  for (const bool before : {true, false}) {
    SimulatedMeter meter{SimulatedDevice{}};
    (before ? meter.wrong_before : meter.wrong_after) = "out[1]";
    const PairSpeedUps pair = pair_speed_ups(meter, 8);
    EXPECT_TRUE(pair.values.empty());
    EXPECT_EQ(pair.wrong, "wrong: out[1]");
    DeviceParallelism found;
    measure_parallelism(meter, simulated({}), [](const std::string&) {}, found);
    EXPECT_FALSE(found.clock_hz);
    EXPECT_EQ(found.dispatch_s, 0);
    EXPECT_THAT(found.lost,
                testing::ElementsAre("clock: wrong: out[1]", "dispatch of a call: wrong: out[1]"));
  }
}

TEST(Parallelism, WithoutTheFirstPointNothingIsTimesOne) {
  DeviceParallelism device;
  device.compute_units = 8;
  Sweep sweep{"units", SweepBound::arithmetic, "f32.fma in registers", {}};
  for (const double x : {2.0, 4.0, 8.0}) sweep.points.push_back({x, {}, "", {x * 1e9}, ""});
  device.sweeps = {sweep};
  EXPECT_THAT(reading(device), testing::Each(Not(HasSubstr("times one"))));
}

TEST(Parallelism, PairsAreJudgedFromTheirSamples) {
  SimulatedDevice device;
  device.cores = 2;
  SimulatedMeter cores(device);
  EXPECT_EQ(find_siblings(pair_speed_ups(cores, 30).values).state, Siblings::State::separate);
  SimulatedMeter threads(device);
  threads.cores_at = [](std::int64_t) { return std::int64_t{1}; };
  EXPECT_EQ(find_siblings(pair_speed_ups(threads, 30).values).state, Siblings::State::shared);
  SimulatedMeter switching(device);
  switching.cores_at = [](std::int64_t sample) { return std::int64_t{sample < 45 ? 2 : 1}; };
  const Siblings found = find_siblings(pair_speed_ups(switching, 30).values);
  EXPECT_THAT(found.changes, testing::ElementsAre(15));
}

TEST(Parallelism, JsonAndPlotsHoldEverySweep) {
  const std::vector<DeviceParallelism> devices = {measured({})};
  const nlohmann::json json = parallelism_json(devices, {});
  const nlohmann::json& sweeps = json["devices"][0]["sweeps"];
  EXPECT_EQ(sweeps.size(), 10U);
  EXPECT_TRUE(sweeps[6].contains("universal_scalability"));
  EXPECT_EQ(sweeps[1]["bound_by"], "first-level cache");
  EXPECT_EQ(sweeps[7]["bound_by"], "memory");
  EXPECT_TRUE(sweeps[7].contains("knee"));
  EXPECT_GE(scaling_plots(devices).size(), 5U);
}

TEST(Plots, ShowTheFitAndBothDevicesOnOneAxis) {
  SimulatedDevice gpu;
  gpu.cores = 80;
  gpu.work_group = 1024;
  DeviceParallelism other = measured(gpu, false);
  other.device = "gpu:0";
  const std::vector<Plot> plots = scaling_plots({measured({}), other});
  const auto with_units = std::ranges::find_if(plots, [](const Plot& each) {
    return each.x_label.find("work-groups") != std::string::npos && each.y_label == "GFLOP/s";
  });
  ASSERT_NE(with_units, plots.end());
  EXPECT_TRUE(with_units->log_y);
  EXPECT_EQ(with_units->series.size(), 4U);
  EXPECT_EQ(with_units->series[2].name, "simulated:0, fit");
  // In all points of the curve, and in the knee.
  const auto& fit = with_units->series[2].points;
  EXPECT_EQ(fit.size(), with_units->series[0].points.size() + 1);
  const auto top = std::ranges::max(fit, {}, [](const auto& point) { return point.second; });
  const auto knee =
      std::ranges::find(fit, top.second, [](const auto& point) { return point.second; });
  EXPECT_NEAR(knee->first, 8, 0.3);
  // What differs stands beside each curve.
  EXPECT_THAT(plots.front().series[1].name,
              HasSubstr("gpu:0: f32.fma in registers, one work-group"));
}

}  // namespace
}  // namespace assay
