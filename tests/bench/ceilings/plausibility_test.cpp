// Ceilings held against units x lanes x 2 x clock, and against each other.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "bench/atomic_file.hpp"
#include "bench/ceilings/ceilings_report.hpp"
#include "bench/ceilings/published.hpp"
#include "tests/bench/ceilings/measured_ceilings.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

TEST(Plausibility, PlausibleFiguresAgreeWithUnitsLanesAndClock) {
  EXPECT_THAT(plausibility(measured({}), {}), Each(Not(HasSubstr("mismatch"))));
  EXPECT_THAT(plausibility(measured({}), {}), Contains(HasSubstr("8 units x 32 lanes x 2 x")));
}

TEST(Plausibility, ThreadsCountWhereTheyAreKnown) {
  // Two logical processors a core, of which a worker uses one each.
  SimulatedDevice device;
  SimulatedMeter meter(device);
  KnownDevice known = simulated(device);
  known.info.compute_units = 16;
  known.info.notes.emplace_back("threads", "8");
  const DeviceCeilings found = measured_by(meter, known);
  EXPECT_THAT(plausibility(found, {}), Contains(HasSubstr("8 threads x 32 lanes x 2 x")));
  EXPECT_THAT(plausibility(found, {}), Each(Not(HasSubstr("mismatch"))));
}

TEST(Plausibility, TheClockIsThatOfTheChip) {
  DeviceCeilings other = measured({});
  std::erase_if(other.ceilings,
                [](const Ceiling& each) { return each.kind == Ceiling::Kind::clock; });
  other.device = "opencl:0.0";
  EXPECT_THAT(plausibility(other, {}), Contains(HasSubstr("not known here")));
  const std::vector<DeviceCeilings> both = {measured({}), other};
  EXPECT_THAT(plausibility(other, both), Contains(HasSubstr("8 units x 32 lanes x 2 x")));
  EXPECT_THAT(ceilings_json(both)[1]["check"].dump(), HasSubstr("units x 32 lanes"));
}

TEST(Plausibility, AChainBoundByLatencyIsReported) {
  // What a chain of one accumulator would reach: an eighth.
  SimulatedDevice device;
  device.latency = 4 * 24;
  EXPECT_THAT(plausibility(measured(device), {}), Contains(HasSubstr("mismatch")));
}

TEST(Plausibility, AChainBoundByLatencyIsReportedAtAWholeNumberACycleToo) {
  // 24 accumulators at latency 24: one a cycle, of two pipes.
  SimulatedDevice device;
  device.latency = 24;
  EXPECT_THAT(plausibility(measured(device), {}),
              Contains(AllOf(HasSubstr("mismatch"), HasSubstr("bound by latency"))));
}

TEST(Plausibility, AreHeldAgainstWhatTheMakerPublishes) {
  DeviceCeilings found = measured({});  // 2 pipes of 16 lanes
  found.core = {"AMD Zen 5", {32}};
  EXPECT_THAT(plausibility(found, {}), Contains(HasSubstr("publishes 32 lanes a cycle")));
  EXPECT_THAT(plausibility(found, {}), Each(Not(HasSubstr("mismatch"))));
  // Where some models have half as many, the nearest number counts.
  found.core.lanes = {16, 32};
  EXPECT_THAT(plausibility(found, {}), Each(Not(HasSubstr("mismatch"))));
  // A chain of a fifth of the hardware's rate, at a whole number of "pipes".
  SimulatedDevice device;
  device.pipes = 1;
  device.lanes = 4;
  found = measured(device);
  EXPECT_THAT(plausibility(found, {}), Each(Not(HasSubstr("mismatch"))));
  found.core = {"AMD Zen 4", {16}};
  EXPECT_THAT(plausibility(found, {}),
              Contains(HasSubstr("mismatch: 25 % of the published lanes")));
  EXPECT_THAT(plausibility(found, {}), Contains(HasSubstr("8 units x 16 lanes x 2 x")));
  // More than there can be.
  found.core = {"AMD Zen", {2}};
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch: 20"), HasSubstr("clock"))));
}

TEST(Published, CoresAreFoundByWhatCpuidSays) {
  EXPECT_EQ(published_core("AuthenticAMD", 25, 17).name, "AMD Zen 4");
  EXPECT_THAT(published_core("AuthenticAMD", 25, 17).lanes, testing::ElementsAre(16));
  EXPECT_EQ(published_core("AuthenticAMD", 25, 1).name, "AMD Zen 3");
  EXPECT_THAT(published_core("GenuineIntel", 6, 0x6a).lanes, testing::ElementsAre(16, 32));
  EXPECT_EQ(published_core("GenuineIntel", 25, 17).name, "");
  EXPECT_THAT(published_core("AuthenticAMD", 0x1a, 0x24).lanes, testing::IsEmpty());
  const TemporaryFolder folder;
  write_file(folder / "cpuinfo",
             "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\n"
             "model\t\t: 2\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\n",
             "");
  EXPECT_EQ(published_core(std::filesystem::path(folder / "cpuinfo")).name, "AMD Zen 5");
  EXPECT_EQ(published_core(std::filesystem::path(folder / "none")).name, "");
}

TEST(Plausibility, OneUnitHasNoOthersToShareACoreWith) {
  SimulatedDevice device;
  device.cores = 1;
  DeviceCeilings found = measured(device);
  EXPECT_THAT(plausibility(found, {}), Contains(HasSubstr("1 unit x 32 lanes")));
  EXPECT_THAT(plausibility(found, {}), Each(Not(HasSubstr("mismatch"))));
  for (Ceiling& each : found.ceilings) {
    if (each.name != "f32.fma") continue;
    for (double& rate : each.rates) rate *= 0.7;
  }
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch: the same chains"), HasSubstr("a quota"))));
  EXPECT_THAT(plausibility(found, {}), Each(Not(HasSubstr("together"))));
}

TEST(Plausibility, CachesThatGetFasterWithSizeAreReported) {
  DeviceCeilings found = measured({});
  for (Ceiling& each : found.ceilings) {
    if (each.kind != Ceiling::Kind::cache) continue;
    for (double& rate : each.rates) rate = each.bytes < (1 << 20) ? 50e9 : 90e9;
  }
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch"), HasSubstr("'read 1.0 MiB' delivers 1.80"))));
}

TEST(Plausibility, CachesSlowerThanMemoryAreReported) {
  DeviceCeilings found = measured({});
  for (Ceiling& each : found.ceilings) {
    if (each.kind == Ceiling::Kind::cache) each.rates = {45e9};
  }
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch: the fastest cache"), HasSubstr("50 % of what"))));
}

TEST(Plausibility, OfAnAcceleratorAreHeldAgainstItsReportedClock) {
  SimulatedDevice gpu;
  gpu.cores = 132;
  gpu.lanes = 1;
  gpu.pipes = 128;
  gpu.latency = 0.1;
  gpu.noise = 0;
  SimulatedMeter meter(gpu);
  KnownDevice device = simulated(gpu, false);
  EXPECT_THAT(plausibility(measured_by(meter, device), {}), Contains(HasSubstr("not known here")));
  device.info.notes.emplace_back("clock MHz", "4000");
  EXPECT_THAT(plausibility(measured_by(meter, device), {}),
              Contains(HasSubstr("132 units x 128 lanes x 2 x 4.00 GHz reported")));
  device.info.notes.back().second = "5000";
  EXPECT_THAT(plausibility(measured_by(meter, device), {}), Contains(HasSubstr("mismatch: 102.")));
  device.info.notes.back().second = "fast";
  EXPECT_THAT(plausibility(measured_by(meter, device), {}), Contains(HasSubstr("not known here")));
}

TEST(Plausibility, UnitsThatShareACoreAreReported) {
  SimulatedDevice device;
  SimulatedMeter meter(device);
  meter.cores_at = [](std::int64_t) { return std::int64_t{4}; };
  const DeviceCeilings found = measured_by(meter, simulated(device));
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch"), HasSubstr("all 8 together"))));
}

}  // namespace
}  // namespace assay
