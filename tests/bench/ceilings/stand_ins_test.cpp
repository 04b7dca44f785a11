// Ceilings of hardware whose own backend has none: other devices of it measure them.
#include <gmock/gmock.h>

#include "tests/bench/ceilings/paired_fixture.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

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
        EXPECT_GE(ceiling->rates.size(), 2U);
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

TEST_F(Lent, ByADeviceThatNobodyNamed) {
  set("FAKE_HARDWARE", device_.hardware);
  expect_ceilings(run().front(), "onednn:0.0");
}

TEST_F(Lent, ByADeviceWithOtherCasesOnly) {
  const std::vector<Record> records = run_cases({planned("0"), planned("1", 2)});
  ASSERT_THAT(records, SizeIs(2));
  expect_ceilings(records[0], "null:1");
  expect_ceilings(records[1], "null:1");
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

TEST_F(Lent, AStandInThatFallsCostsOnlyTheCeilings) {
  set("FAKE_HARDWARE", device_.hardware);
  set("FAKE_CRASH_AT", "alu");
  expect_none(run().front());
}

TEST_F(Lent, WhatTheOwnBackendMeasuresNeedsNoOther) {
  set("FAKE_HARDWARE", device_.hardware);
  const std::vector<Record> records = run({"1"});
  expect_ceilings(records.front(), "null:1");
}

TEST_F(Lent, ARowAboveALentCeilingIsNoNumber) {
  set("FAKE_HARDWARE", device_.hardware);
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  EXPECT_EQ(run().front().status, Status::wrong);
}

}  // namespace
}  // namespace assay
