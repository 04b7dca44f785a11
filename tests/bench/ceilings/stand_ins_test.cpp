// Ceilings of hardware whose own backend can't measure any: other devices of it do.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "backends/list.hpp"
#include "tests/bench/ceilings/paired_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::size_t default_backends() {
  return static_cast<std::size_t>(std::ranges::count_if(
      backend_list(),
      [](const BackendEntry& entry) { return entry.by_default && entry.make != nullptr; }));
}

class Lent : public Paired {
 protected:
  void SetUp() override {
    Paired::SetUp();
    set("FAKE_WORKER", "ceiling_unsupported");
  }
  // In each launch, by that device.
  static void expect_ceilings(const Record& record, const std::string& device) {
    ASSERT_EQ(record.status, Status::ok) << record.reason;
    EXPECT_THAT(record.labels, Not(Contains("no_ceiling")));
    ASSERT_THAT(record.launches, SizeIs(3));
    for (const Launch& launch : record.launches) {
      for (const auto& ceiling :
           {launch.ceilings.alu, launch.ceilings.memory, launch.ceilings.copy}) {
        ASSERT_TRUE(ceiling);
        EXPECT_EQ(ceiling->device, device);
        EXPECT_THAT(ceiling->rates, Not(IsEmpty()));
        EXPECT_THAT(ceiling->rates, Each(testing::DoubleNear(1e6, 1)));
      }
    }
  }
  static void expect_none(const Record& record) {
    EXPECT_EQ(record.status, Status::ok) << record.reason;
    EXPECT_THAT(record.labels, Contains("no_ceiling"));
    ASSERT_THAT(record.launches, SizeIs(3));
    for (const Launch& launch : record.launches) {
      EXPECT_FALSE(launch.ceilings.alu);
      EXPECT_FALSE(launch.ceilings.memory);
    }
  }
};

// By devices of the default backends, which a build may leave to plugins.
class LentUnasked : public Lent {
 protected:
  void SetUp() override {
    if (default_backends() == 0) GTEST_SKIP() << "the default backends are plugins";
    Lent::SetUp();
    set("FAKE_HARDWARE", device_.hardware);
  }
};

TEST_F(LentUnasked, ByADeviceThatNobodyNamed) { expect_ceilings(run().front(), "onednn:0.0"); }

TEST_F(Lent, ByOneThatIsKnownBeforeAnyIsAsked) {
  set("FAKE_HARDWARE", device_.hardware);
  here_.devices = {planned("0").device, planned("1").device};
  for (const Record& record : run_cases({planned("0"), planned("0", 2)})) {
    expect_ceilings(record, "null:1");
  }
}

TEST_F(Lent, NeverByOtherHardware) {
  set("FAKE_HARDWARE", "gpu:another");
  const Record record = run().front();
  expect_none(record);
  EXPECT_THAT(record.launches.at(0).ceilings.missing, HasSubstr("fakes measure no ceilings"));
}

TEST_F(Lent, NeverByHardwareThatHasNoName) {
  device_.hardware.clear();
  expect_none(run().front());
}

TEST_F(Lent, NeverByOneThatIsLimited) {
  here_.devices = {planned("1").device};
  here_.devices[0].info.notes.emplace_back("limited to", "avx2");
  expect_none(run().front());
}

// Of a default backend each of two devices.
TEST_F(LentUnasked, ACrashCostsCeilingsAndHappensOnceADevice) {
  const TemporaryFolder folder;
  set("FAKE_WORKER_DIR", folder / "");
  set("FAKE_CRASH_AT", "alu");
  for (const Record& record : run_cases({planned("0"), planned("0", 2)})) expect_none(record);
  EXPECT_EQ(std::filesystem::file_size(folder / "crash"), 2 * default_backends());
}

TEST_F(LentUnasked, TheNextOneGoesOnForOneThatCrashed) {
  set("FAKE_CRASH_AT", "stream");
  set("FAKE_CRASH_ON", "onednn:0.0");
  const Record record = run().front();
  ASSERT_THAT(record.launches, SizeIs(3));
  EXPECT_FALSE(record.launches[0].ceilings.alu);
  EXPECT_THAT(record.launches[0].ceilings.missing, StartsWith("f32.fma: onednn:0.0: signal 6"));
  for (const std::size_t i : {1U, 2U}) {
    ASSERT_TRUE(record.launches[i].ceilings.alu);
    EXPECT_EQ(record.launches[i].ceilings.alu->device, "onednn:1.0");
  }
}

TEST_F(LentUnasked, WhatTheOwnBackendMeasuresNeedsNoOther) {
  const TemporaryFolder folder;
  set("FAKE_WORKER_DIR", folder / "");
  set("FAKE_CRASH_AT", "alu");
  set("FAKE_CRASH_ON", "onednn:0.0");
  expect_ceilings(run({"1"}).front(), "null:1");
  EXPECT_FALSE(std::filesystem::exists(folder / "crash"));
}

TEST_F(Lent, AStandInThatLacksMemoryIsAskedInTheNextLaunch) {
  const TemporaryFolder folder;
  set("FAKE_WORKER_DIR", folder / "");
  set("FAKE_FULL_ONCE_AT", "alu");
  here_.devices = {planned("1").device};
  const Record record = run().front();
  ASSERT_THAT(record.launches, SizeIs(3));
  EXPECT_FALSE(record.launches[0].ceilings.alu);
  ASSERT_TRUE(record.launches[1].ceilings.alu);
  EXPECT_EQ(record.launches[1].ceilings.alu->device, "null:1");
}

TEST_F(Lent, AReasonIsThatOfWhoWasAsked) {
  const std::string reason = "f32.fma: null:1: needs 1 GiB of device memory";
  here_.devices = {planned("1").device};
  set("FAKE_SKIP_AT", "alu");
  EXPECT_EQ(run().front().launches.at(0).ceilings.missing, reason);
  // Losing its process over another one doesn't hide it.
  set("FAKE_CRASH_AT", "stream");
  EXPECT_EQ(run().front().launches.at(0).ceilings.missing, reason);
}

TEST_F(Lent, ASilentTrialHappensOnce) {
  const TemporaryFolder folder;
  set("FAKE_WORKER_DIR", folder / "");
  set("FAKE_HANG_IN_PROBE_OF", "null:1");
  answer_timeout_s_ = 3;  // for an answer on a busy machine too
  here_.devices = {planned("1").device};
  expect_none(run().front());
  EXPECT_EQ(std::filesystem::file_size(folder / "hung"), 1U);
}

TEST_F(LentUnasked, ARowAboveALentCeilingIsNoNumber) {
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  EXPECT_EQ(run().front().status, Status::wrong);
}

}  // namespace
}  // namespace assay
