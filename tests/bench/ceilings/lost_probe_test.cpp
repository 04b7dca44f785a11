// Probes and sweeps whose worker process crashes or hangs: the rest is measured by another process.
#include <gmock/gmock.h>

#include <cstdlib>

#include "bench/ceilings/ceilings.hpp"
#include "bench/ceilings/turns.hpp"
#include "bench/parallelism/parallelism.hpp"
#include "tests/bench/fake_worker.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

KnownDevice fake_device() {
  KnownDevice device;
  device.backend = "null";
  device.info.ordinal = "0";
  device.info.name = "fake device";
  device.info.hardware = "cpu:fake";
  device.info.cpu = true;
  device.info.compute_units = 2;
  return device;
}

class LostProbe : public testing::Test {
 protected:
  void TearDown() override {
    unsetenv("FAKE_CRASH_AT");
    unsetenv("FAKE_HANG_AT");
  }
  std::unique_ptr<OwnWorkerMeter> meter() {
    return std::make_unique<OwnWorkerMeter>(
        [this] {
          ++processes_;
          WorkerSettings settings;
          settings.executable = FAKE_WORKER;
          settings.answer_timeout_s = 3;
          return start_worker(settings, nullptr, "");
        },
        "null:0", 1);
  }
  int processes_ = 0;
};

TEST_F(LostProbe, ACrashCostsOneCeiling) {
  setenv("FAKE_CRASH_AT", "dtype:s8/path:dot", 1);
  DeviceCeilings found;
  measure_ceilings(*meter(), fake_device(), [](const std::string&) {}, found);
  int lost = 0;
  for (const Ceiling& each : found.ceilings) {
    if (each.rate()) continue;
    EXPECT_THAT(each.name, StartsWith("s8.dot"));
    EXPECT_THAT(each.reason, HasSubstr("not available: signal 6"));
    ++lost;
  }
  EXPECT_EQ(lost, 2);  // with and without loads
  EXPECT_EQ(processes_, 3);
  EXPECT_TRUE(found.find(Ceiling::Kind::alu, "bf16.dot")->rate());
  EXPECT_TRUE(found.find(Ceiling::Kind::dram, "read")->rate());
}

TEST_F(LostProbe, AHangCostsOneCeiling) {
  setenv("FAKE_HANG_AT", "op:triad_nt", 1);
  DeviceCeilings found;
  measure_ceilings(*meter(), fake_device(), [](const std::string&) {}, found);
  EXPECT_THAT(found.find(Ceiling::Kind::dram, "triad_nt")->reason,
              HasSubstr("not available: no answer in"));
  EXPECT_TRUE(found.find(Ceiling::Kind::dram, "triad")->rate());
  EXPECT_TRUE(found.find(Ceiling::Kind::clock, "clock")->rate());
}

TEST_F(LostProbe, ACrashCostsOnePointOfASweep) {
  setenv("FAKE_CRASH_AT", "accumulators:8", 1);
  DeviceParallelism found;
  measure_parallelism(*meter(), fake_device(), [](const std::string&) {}, found);
  EXPECT_EQ(found.find("accumulators", SweepBound::arithmetic)->curve().size(), 11U);
  EXPECT_EQ(found.find("accumulators", SweepBound::first_cache)->curve().size(), 11U);
  EXPECT_GT(found.most("units", SweepBound::memory), 0);
  EXPECT_GT(found.dispatch_s, 0);
  EXPECT_THAT(found.lost, testing::IsEmpty());
}

}  // namespace
}  // namespace assay
