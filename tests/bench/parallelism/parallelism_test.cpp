// A whole measurement on devices whose pipes, latency, cores and bandwidth are known.
#include "bench/parallelism/parallelism.hpp"

#include <gmock/gmock.h>

#include <limits>

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
  return measure_parallelism(meter, simulated(device, cpu), [](const std::string&) {});
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
      const auto knee = fit_knee(found.find("accumulators", false)->curve());
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
  EXPECT_NEAR(found.most("units", false) / (8 * 2 * 16 * 2 * 4e9), 1, 0.03);
  EXPECT_NEAR(found.most("units", true) / device.bandwidth, 1, 0.03);
  const auto lines = reading(found);
  EXPECT_THAT(
      lines, Contains(AllOf(HasSubstr("f32.fma in registers"), HasSubstr("scales linearly to 8"))));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("reading memory"), HasSubstr("saturates at 4"))));
  EXPECT_THAT(lines, Contains(HasSubstr("latency 4.0 cycles x 2.0")));
}

TEST(Parallelism, OccupancyIsReadOnDevicesWithWorkItems) {
  SimulatedDevice device;
  device.work_group = 1024;
  device.lanes = 1;
  device.cores = 132;
  device.pipes = 128;
  const DeviceParallelism found = measured(device, false);
  // One chain a work-item: 512 of them fill 128 pipes of latency 4.
  EXPECT_NEAR(*saturates_at(found.find("items", false)->curve(), 0.97), 500, 20);
  EXPECT_THAT(reading(found), Contains(HasSubstr("scales linearly to 132")));
}

TEST(Parallelism, PairsAreJudgedFromTheirSamples) {
  SimulatedDevice device;
  device.cores = 2;
  SimulatedMeter cores(device);
  EXPECT_EQ(find_siblings(pair_speed_ups(cores, 30)).state, Siblings::State::separate);
  SimulatedMeter threads(device);
  threads.cores_at = [](std::int64_t) { return std::int64_t{1}; };
  EXPECT_EQ(find_siblings(pair_speed_ups(threads, 30)).state, Siblings::State::shared);
  SimulatedMeter switching(device);
  switching.cores_at = [](std::int64_t sample) { return std::int64_t{sample < 45 ? 2 : 1}; };
  const Siblings found = find_siblings(pair_speed_ups(switching, 30));
  EXPECT_THAT(found.changes, testing::ElementsAre(15));
}

TEST(Parallelism, WhoWinsFromWhere) {
  SimulatedDevice host;  // 8 cores: 2.05 TFLOP/s, a call costs 1 us
  SimulatedDevice gpu = host;
  gpu.cores = 80;  // ten times that, a call costs 20 us
  gpu.dispatch_s = 20e-6;
  gpu.noise = host.noise = 0;
  const DeviceParallelism host_found = measured(host);
  const DeviceParallelism gpu_found = measured(gpu, false);
  SimulatedMeter a(host);
  SimulatedMeter b(gpu);
  const Comparison comparison =
      measure_contests(a, host_found, b, gpu_found, [](const std::string&) {});
  // 1 + x > 20 + x / 10 us for x > 21.1 us: 4.3e7 FLOP, m = n = k > 278.
  EXPECT_EQ(wins_from(comparison, "matmul f32, m = n = k", false), 512);
  // Copies of 4 n^2 bytes there and 4 n^2 back take 1.2 n^2 ns: 1.3 ms at 1024, more than the host
  // needs for it all; 5 of its 8.4 ms at 2048.
  EXPECT_EQ(wins_from(comparison, "matmul f32, m = n = k", true), 2048);
  const auto lines = comparison_text(host_found, gpu_found, comparison);
  EXPECT_THAT(lines, Contains(HasSubstr("from 512 (kernel only), from 2048 (with")));
  EXPECT_THAT(comparison_text(host_found, host_found, comparison).front(),
              HasSubstr("two runtimes on the same arithmetic units"));
}

TEST(Parallelism, JsonAndPlotsHoldEverySweep) {
  const std::vector<DeviceParallelism> devices = {measured({})};
  const nlohmann::json json = parallelism_json(devices, {});
  EXPECT_EQ(json["devices"][0]["sweeps"].size(), 8U);
  EXPECT_TRUE(json["devices"][0]["sweeps"][4].contains("universal_scalability"));
  EXPECT_GE(scaling_plots(devices).size(), 5U);
}

TEST(UnitCounts, ReachFourTimesTheUnits) {
  EXPECT_THAT(unit_counts(2), testing::ElementsAre(1, 2, 3, 4, 6, 8));
  EXPECT_EQ(unit_counts(132).back(), 528);
  EXPECT_GE(unit_counts(132).size(), 10U);
  EXPECT_EQ(unit_counts(0).front(), 1);
}

TEST(UnitCounts, EndSomewhere) {
  EXPECT_EQ(unit_counts(std::numeric_limits<std::int64_t>::max()), unit_counts(4096));
  EXPECT_EQ(unit_counts(1 << 20).back(), 4 * 4096);
}

TEST(Sweeps, ArePlannedForDevicesOfAnySize) {
  for (const bool cpu : {false, true}) {
    KnownDevice device;
    device.info.cpu = cpu;
    device.info.compute_units = device.info.cache_bytes = std::numeric_limits<std::int64_t>::max();
    EXPECT_FALSE(plan_sweeps(device).empty());
  }
}

}  // namespace
}  // namespace assay
