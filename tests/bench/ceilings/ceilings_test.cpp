#include "bench/ceilings/ceilings.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "bench/atomic_file.hpp"
#include "bench/ceilings/ceilings_report.hpp"
#include "bench/ceilings/probes.hpp"
#include "kernels/error.hpp"
#include "tests/bench/ceilings/measured_ceilings.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

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

TEST(Probes, OfMemoryFitOneBufferOfASmallAccelerator) {
  DeviceInfo device;
  device.cache_bytes = 2 << 20;
  EXPECT_EQ(dram_bytes(device), 512 << 20);
  device.max_allocation_bytes = (300 << 20) + 5;
  EXPECT_EQ(dram_bytes(device), 300 << 20);
  device.memory_bytes = std::int64_t{1} << 30U;
  EXPECT_EQ(dram_bytes(device), 128 << 20);
}

}  // namespace
}  // namespace assay
