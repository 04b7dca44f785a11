// What the system reports stands beside what was measured, whether they agree or not.
#include "bench/topology.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/parallelism/parallelism_report.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Two threads of that many cores, as measured. One row of the report is of the pair.
DeviceParallelism with_pair(std::int64_t cores, std::optional<bool> reported) {
  SimulatedDevice simulation;
  simulation.cores = cores;
  SimulatedMeter meter(simulation);
  DeviceParallelism device;
  device.device = "onednn:0";
  device.cpu = true;
  device.compute_units = 2;
  SiblingPair pair;
  pair.reported = reported;
  pair.speed_ups = pair_speed_ups(meter, 30).values;
  pair.siblings = find_siblings(pair.speed_ups);
  device.pairs = {pair};
  device.pairs_sought = true;
  device.pairs_there_are = 1;
  return device;
}

std::string shown(const DeviceParallelism& device) {
  std::ostringstream text;
  report_parallelism({device}, {}, text);
  return text.str();
}

TEST(ReportedTopology, CountsWhatHwlocDescribes) {
  if (reported_topology() == "not measurable here") GTEST_SKIP() << "built without hwloc";
  // Threads that the guest sees; threads that it doesn't; more than a package.
  EXPECT_THAT(reported_topology("package:1 core:4 pu:2"),
              StartsWith("1 package, 4 cores, 8 logical processors (hwloc "));
  EXPECT_THAT(reported_topology("package:1 core:2 pu:1"),
              StartsWith("1 package, 2 cores, 2 logical processors (hwloc "));
  EXPECT_THAT(reported_topology("package:2 core:64 pu:2"),
              StartsWith("2 packages, 128 cores, 256 logical processors (hwloc "));
  EXPECT_THAT(reported_topology("package:1 core:1 pu:1"),
              StartsWith("1 package, 1 core, 1 logical processor (hwloc "));
  EXPECT_EQ(reported_topology("no such thing"), "not measurable here");
}

TEST(ReportedTopology, StandsAboveWhatWasMeasured) {
  DeviceParallelism device = with_pair(1, false);
  device.topology = "1 package, 2 cores, 2 logical processors (hwloc 2.9)";
  const std::string text = shown(device);
  const std::string line =
      "  reported: 2 compute units; 1 package, 2 cores, 2 logical processors (hwloc 2.9)\n";
  EXPECT_LT(text.find(line), text.find("two threads of one core")) << text;
  EXPECT_EQ(parallelism_json({device}, {})["devices"][0]["topology"], device.topology);
}

// A guest that is told of cores where there are threads.
TEST(ReportedTopology, HiddenThreadsAreSaid) {
  const DeviceParallelism device = with_pair(1, false);
  EXPECT_THAT(shown(device), AllOf(HasSubstr("of one: two threads of one core"),
                                   HasSubstr("; but the system reports two cores\n")));
  const nlohmann::json pair = parallelism_json({device}, {})["devices"][0]["pairs"][0];
  EXPECT_EQ(pair["reported"], "two cores");
  EXPECT_EQ(pair["state"], "one core");
  // And the other way round.
  EXPECT_THAT(shown(with_pair(2, true)),
              AllOf(HasSubstr("of one: two cores"),
                    HasSubstr("; but the system reports two threads of one core\n")));
}

TEST(ReportedTopology, AgreementIsSaidToo) {
  for (const std::int64_t cores : {1, 2}) {
    const DeviceParallelism device = with_pair(cores, cores == 1);
    EXPECT_THAT(shown(device), AllOf(HasSubstr("; the system reports the same\n"),
                                     Not(HasSubstr("but the system"))));
  }
  const DeviceParallelism silent = with_pair(1, std::nullopt);
  EXPECT_THAT(shown(silent), HasSubstr("; the system doesn't say\n"));
  EXPECT_TRUE(parallelism_json({silent}, {})["devices"][0]["pairs"][0]["reported"].is_null());
}

TEST(ReportedTopology, WhatIsUnclearContradictsNothing) {
  DeviceParallelism device = with_pair(2, false);
  device.pairs[0].speed_ups.assign(30, 1.45);
  device.pairs[0].siblings = find_siblings(device.pairs[0].speed_ups);
  EXPECT_THAT(shown(device), AllOf(HasSubstr("unclear after 30 samples"),
                                   HasSubstr("; the system reports two cores\n")));
}

TEST(ReportedTopology, OfAnAcceleratorIsItsComputeUnits) {
  SimulatedDevice gpu;
  gpu.cores = 132;
  gpu.work_group = 1024;
  gpu.lanes = 1;
  gpu.pipes = 128;
  // Of which half are there.
  for (const std::int64_t there : {132, 66}) {
    gpu.cores = there;
    SimulatedMeter meter(gpu);
    KnownDevice known = simulated(gpu, false);
    known.info.compute_units = 132;
    DeviceParallelism found;
    measure_parallelism(meter, known, [](const std::string&) {}, found);
    const std::string text = shown(found);
    EXPECT_THAT(text, HasSubstr("  reported: 132 compute units\n"));
    EXPECT_THAT(text, HasSubstr("of 132 compute units; all 132 deliver " +
                                std::string(there == 132 ? "13" : "6")));
    EXPECT_THAT(text, Not(HasSubstr("the system")));
  }
}

TEST(ProcessorLimits, AreWhatAProcessMayNotUse) {
  EXPECT_EQ(processor_limits(2, 2, std::nullopt), "");
  EXPECT_EQ(processor_limits(2, 2, 2.0), "");
  EXPECT_EQ(processor_limits(1, 2, std::nullopt), "1 of 2 logical processors");
  EXPECT_EQ(processor_limits(2, 2, 0.5), "a quota of 0.5 processors");
  EXPECT_EQ(processor_limits(64, 256, 32),
            "64 of 256 logical processors and a quota of 32 processors");
  // A quota for more than is left is none; nothing is known of the affinity.
  EXPECT_EQ(processor_limits(1, 2, 1.5), "1 of 2 logical processors");
  EXPECT_EQ(processor_limits(0, 2, std::nullopt), "");
}

TEST(ReportedTopology, OneProcessorHasNoOther) {
  DeviceParallelism device;
  device.device = "onednn:0";
  device.cpu = device.pairs_sought = true;
  EXPECT_THAT(shown(device), HasSubstr("this process may use only one logical processor"));
  device.device = "opencl:0.0";
  device.pairs_sought = false;
  EXPECT_THAT(shown(device), HasSubstr("not looked for here"));
}

TEST(ReportedSiblings, AreThreadsOfOneCore) {
  const TemporaryFolder folder;
  const auto processor = [&](int i, int package, int core) {
    const std::filesystem::path here =
        folder.path() / "sys/devices/system/cpu" / ("cpu" + std::to_string(i)) / "topology";
    std::filesystem::create_directories(here);
    std::ofstream(here / "physical_package_id") << package << "\n";
    std::ofstream(here / "core_id") << core << "\n";
  };
  processor(0, 0, 0);
  processor(1, 0, 1);
  processor(2, 0, 0);
  processor(3, 1, 0);  // cores are numbered anew in each package
  EXPECT_EQ(reported_to_share(0, 2, folder.path()), true);
  EXPECT_EQ(reported_to_share(0, 1, folder.path()), false);
  EXPECT_EQ(reported_to_share(0, 3, folder.path()), false);
  EXPECT_EQ(reported_to_share(0, 4, folder.path()), std::nullopt);
  const std::vector<std::int64_t> all = {0, 1, 2, 3, 4};
  EXPECT_THAT(reported_siblings(all, folder.path()),
              ElementsAre(std::pair<std::int64_t, std::int64_t>(0, 2)));
}

}  // namespace
}  // namespace assay
