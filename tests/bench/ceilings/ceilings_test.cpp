#include "bench/ceilings/ceilings.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "bench/atomic_file.hpp"
#include "bench/ceilings/ceilings_report.hpp"
#include "bench/ceilings/probes.hpp"
#include "kernels/error.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

DeviceCeilings measured_by(SimulatedMeter& meter, const KnownDevice& device) {
  DeviceCeilings found;
  measure_ceilings(meter, device, [](const std::string&) {}, found);
  return found;
}

DeviceCeilings measured(const SimulatedDevice& device) {
  SimulatedMeter meter(device);
  return measured_by(meter, simulated(device));
}

double rate(const DeviceCeilings& device, Ceiling::Kind kind, const std::string& name) {
  const Ceiling* const found = device.find(kind, name);
  return found == nullptr ? 0 : found->rate().value_or(0);
}

TEST(Ceilings, RecoverAKnownDeviceWithinThreePercent) {
  const SimulatedDevice device;
  const DeviceCeilings found = measured(device);
  const double core = device.pipes * 16 * 2 * device.clock_hz;
  EXPECT_NEAR(rate(found, Ceiling::Kind::clock, "clock") / device.clock_hz, 1, 0.03);
  EXPECT_NEAR(rate(found, Ceiling::Kind::alu, "f32.fma") / (8 * core), 1, 0.03);
  EXPECT_NEAR(rate(found, Ceiling::Kind::alu, "f32.fma, 1 thread") / core, 1, 0.03);
  EXPECT_NEAR(rate(found, Ceiling::Kind::dram, "read") / device.bandwidth, 1, 0.03);
  EXPECT_EQ(found.find(Ceiling::Kind::alu, "bf16.dot")->reason, "no such instruction");
}

TEST(Ceilings, PlausibleFiguresAgreeWithUnitsLanesAndClock) {
  EXPECT_THAT(plausibility(measured({}), {}), Each(Not(HasSubstr("mismatch"))));
  EXPECT_THAT(plausibility(measured({}), {}), Contains(HasSubstr("8 units x 32 lanes x 2 x")));
}

TEST(Ceilings, ThreadsCountWhereTheyAreKnown) {
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

TEST(Ceilings, TheClockIsThatOfTheChip) {
  DeviceCeilings other = measured({});
  std::erase_if(other.ceilings,
                [](const Ceiling& each) { return each.kind == Ceiling::Kind::clock; });
  other.device = "opencl:0.0";
  EXPECT_THAT(plausibility(other, {}), Contains(HasSubstr("not known here")));
  const std::vector<DeviceCeilings> both = {measured({}), other};
  EXPECT_THAT(plausibility(other, both), Contains(HasSubstr("8 units x 32 lanes x 2 x")));
  EXPECT_THAT(ceilings_json(both)[1]["check"].dump(), HasSubstr("units x 32 lanes"));
}

TEST(Ceilings, AChainBoundByLatencyIsReported) {
  // What a chain of one accumulator would reach: an eighth.
  SimulatedDevice device;
  device.latency = 4 * 24;
  EXPECT_THAT(plausibility(measured(device), {}), Contains(HasSubstr("mismatch")));
}

TEST(Ceilings, AChainBoundByLatencyIsReportedAtAWholeNumberACycleToo) {
  // 24 accumulators at latency 24: one a cycle, of two pipes.
  SimulatedDevice device;
  device.latency = 24;
  EXPECT_THAT(plausibility(measured(device), {}),
              Contains(AllOf(HasSubstr("mismatch"), HasSubstr("bound by latency"))));
}

TEST(Ceilings, AreHeldAgainstWhatTheMakerPublishes) {
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

TEST(Ceilings, OfALimitedDeviceAreNotTheHardwares) {
  KnownDevice device = simulated({});
  EXPECT_EQ(ceiling_owner(device.info), "cpu:simulated");
  device.info.notes.emplace_back("limited to", "avx2");
  EXPECT_EQ(ceiling_owner(device.info), "cpu:simulated limited to avx2");
  SimulatedMeter meter{SimulatedDevice{}};
  const DeviceCeilings found = measured_by(meter, device);
  EXPECT_EQ(found.limited_to, "avx2");
  EXPECT_EQ(ceilings_from_json(ceilings_json({found}))[0].limited_to, "avx2");
  std::ostringstream text;
  report_ceilings({found}, false, text);
  EXPECT_THAT(text.str(), HasSubstr("limited to avx2: no ceilings of the whole processor"));
}

TEST(Ceilings, ReadRatesSayWhatTheyFeed) {
  // 90 GB/s feed 45 of 2048 GFLOP/s.
  std::ostringstream text;
  report_ceilings({measured({})}, false, text);
  EXPECT_THAT(text.str(), testing::ContainsRegex("read +[0-9.]+ GB/s .*feeds 2[.][0-9]+ %"));
  EXPECT_THAT(text.str(), Not(testing::ContainsRegex("copy [^\n]*feeds")));
}

TEST(Ceilings, CachesThatGetFasterWithSizeAreReported) {
  DeviceCeilings found = measured({});
  for (Ceiling& each : found.ceilings) {
    if (each.kind != Ceiling::Kind::cache) continue;
    for (double& rate : each.rates) rate = each.bytes < (1 << 20) ? 50e9 : 90e9;
  }
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch"), HasSubstr("'read 1.0 MiB' delivers 1.80"))));
}

TEST(Ceilings, CachesSlowerThanMemoryAreReported) {
  DeviceCeilings found = measured({});
  for (Ceiling& each : found.ceilings) {
    if (each.kind == Ceiling::Kind::cache) each.rates = {45e9};
  }
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch: the fastest cache"), HasSubstr("50 % of what"))));
}

TEST(Ceilings, OfAnAcceleratorAreHeldAgainstItsReportedClock) {
  SimulatedDevice gpu;
  gpu.cores = 132;
  gpu.lanes = 1;
  gpu.pipes = 128;
  gpu.latency = 0.1;
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

TEST(Ceilings, UnitsThatShareACoreAreReported) {
  SimulatedDevice device;
  SimulatedMeter meter(device);
  meter.cores_at = [](std::int64_t) { return std::int64_t{4}; };
  const DeviceCeilings found = measured_by(meter, simulated(device));
  EXPECT_THAT(plausibility(found, {}),
              Contains(AllOf(HasSubstr("mismatch"), HasSubstr("all 8 together"))));
}

TEST(Ceilings, HardwareHasTheHighestOfItsDevices) {
  DeviceCeilings slow = measured({});
  DeviceCeilings fast = measured({});
  fast.device = "other:0";
  for (Ceiling& each : fast.ceilings) {
    for (double& value : each.rates) value *= each.name == "f32.fma" ? 2 : 0.5;
  }
  const std::vector<DeviceCeilings> merged = by_hardware({slow, fast});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(rate(merged[0], Ceiling::Kind::alu, "f32.fma"),
            rate(fast, Ceiling::Kind::alu, "f32.fma"));
  EXPECT_EQ(rate(merged[0], Ceiling::Kind::dram, "read"), rate(slow, Ceiling::Kind::dram, "read"));
}

TEST(Ceilings, AreReadAsWritten) {
  std::vector<DeviceCeilings> devices = {measured({})};
  devices[0].core = {"AMD Zen 5", {32}};
  EXPECT_EQ(ceilings_json(ceilings_from_json(ceilings_json(devices))), ceilings_json(devices));
  nlohmann::json broken = ceilings_json(devices);
  broken[0]["ceilings"][0]["kind"] = "alup";
  EXPECT_THAT([&] { (void)ceilings_from_json(broken); },
              ThrowsMessage<Error>(HasSubstr("unknown kind 'alup'")));
}

TEST(Ceilings, KeepWhatWasMeasuredBeforeAnEnd) {
  // As a worker that dies, or an interruption, does.
  class Ending final : public Meter {
   public:
    Added add(const Problem& problem) override {
      if (problem.kernel == "stream") throw Interrupted();
      return inner_.add(problem);
    }
    double sample(std::size_t index) override { return inner_.sample(index); }
    double single_call(std::size_t index) override { return inner_.single_call(index); }
    Rates transfer(std::int64_t bytes) override { return inner_.transfer(bytes); }
    std::string check(std::size_t index) override { return inner_.check(index); }
    void remove(std::size_t index) override { inner_.remove(index); }

   private:
    SimulatedMeter inner_{SimulatedDevice{}};
  };
  Ending meter;
  DeviceCeilings found;
  EXPECT_THROW(
      measure_ceilings(meter, simulated({}), [](const std::string&) {}, found), Interrupted);
  EXPECT_GT(rate(found, Ceiling::Kind::alu, "f32.fma"), 0);
  EXPECT_EQ(found.find(Ceiling::Kind::dram, "read"), nullptr);
}

TEST(Ceilings, AreStoredByHardwareNameAndBackend) {
  const TemporaryFolder folder;
  const std::string file = folder / "cache/ceilings.json";
  EXPECT_TRUE(stored_ceilings(file).empty());
  DeviceCeilings first = measured({});
  first.device = "opencl:0.0";
  DeviceCeilings other = first;
  other.device = "onednn:0";
  EXPECT_EQ(store_ceilings(file, {first, other}), "");
  EXPECT_EQ(stored_ceilings(file).size(), 2U);
  // The same device, numbered otherwise in a later run.
  DeviceCeilings later = first;
  later.device = "opencl:1.0";
  later.date = "later";
  EXPECT_EQ(store_ceilings(file, {later}), "");
  const std::vector<DeviceCeilings> stored = stored_ceilings(file);
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored.back().date, "later");
}

TEST(Ceilings, AStoreThatCannotBeReadIsLeftAlone) {
  const TemporaryFolder folder;
  const std::string file = folder / "ceilings.json";
  std::ofstream(file) << "[{\"of\": \"a later version\"}]";
  EXPECT_THAT(store_ceilings(file, {measured({})}), HasSubstr("left as it is"));
  EXPECT_TRUE(stored_ceilings(file).empty());
  std::string text;
  std::getline(std::ifstream(file), text);
  EXPECT_THAT(text, HasSubstr("a later version"));
}

TEST(Ceilings, CachedOnesSaySo) {
  std::ostringstream text;
  report_ceilings({measured({})}, true, text);
  EXPECT_THAT(text.str(), HasSubstr("cached"));
}

TEST(Probes, KnowTheirPathsFromOtherWords) {
  for (const std::string_view path : alu_paths()) EXPECT_TRUE(is_alu_path(path)) << path;
  for (const char* word :
       {"", "AVX2", "f64.fma", "f32.matrix", "s32.add", "dram", "cache", "f32"}) {
    EXPECT_FALSE(is_alu_path(word)) << word;
  }
}

TEST(Probes, OfCachesReadABlockAtLeast) {
  for (const std::int64_t bytes : {std::int64_t{0}, std::int64_t{-7}, std::int64_t{1}}) {
    EXPECT_EQ(cache_probe(bytes, DeviceInfo{}).integer("bytes"), 16384);
  }
  DeviceInfo processor;
  processor.cpu = true;
  EXPECT_EQ(cache_probe(1 << 20, processor).integer("passes"), 16);
  EXPECT_EQ(cache_probe(1 << 20, DeviceInfo{}).integer("passes"), 256);
}

TEST(Probes, FitDevicesOfAnySize) {
  DeviceInfo device;
  device.compute_units = device.cache_bytes = std::numeric_limits<std::int64_t>::max();
  for (const bool cpu : {false, true}) {
    device.cpu = cpu;
    for (const std::string_view path : alu_paths()) {
      EXPECT_GT(alu_probe(path, device, false).integer("chains"), 0);
    }
  }
  EXPECT_EQ(dram_bytes(device), std::int64_t{1} << 30U);
  EXPECT_EQ(largest_cached(device), std::int64_t{1} << 30U);
  EXPECT_EQ(dram_probe("read", device).integer("bytes"), 1 << 30);
  device.cache_bytes = 0;
  EXPECT_EQ(dram_bytes(device), 256 << 20);
  EXPECT_EQ(largest_cached(device), 64 << 20);
}

}  // namespace
}  // namespace assay
