// Ceilings beside cases.
#include <gmock/gmock.h>

#include "bench/exit_code.hpp"
#include "bench/summary.hpp"
#include "tests/bench/ceilings/paired_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST_F(Paired, EveryLaunchHasItsCeilings) {
  const Record record = run().front();
  ASSERT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.labels, IsEmpty());
  ASSERT_THAT(record.launches, SizeIs(3));
  for (const Launch& launch : record.launches) {
    ASSERT_TRUE(launch.ceilings.alu);
    EXPECT_EQ(launch.ceilings.alu->name, "f32.fma");
    EXPECT_EQ(launch.ceilings.alu->device, "null:0");
    EXPECT_GE(launch.ceilings.alu->rates.size(), 3U);
    EXPECT_THAT(launch.ceilings.alu->rates, Each(testing::DoubleNear(1e6, 1)));
    ASSERT_TRUE(launch.ceilings.memory);
    EXPECT_EQ(launch.ceilings.memory->name, "dram");
    EXPECT_TRUE(launch.ceilings.copy);
    EXPECT_EQ(launch.ceilings.missing, "");
  }
  const Summary summary = summarise(record);
  EXPECT_NEAR(summary.alu_efficiency->median, 0.1, 1e-6);
  EXPECT_NEAR(summary.bandwidth_efficiency->median, 0.6, 1e-6);
  EXPECT_EQ(summary.roof, "dram");
}

TEST_F(Paired, ARowAboveItsCeilingHasNoNumberAndEndsWithFour) {
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  const std::vector<Record> records = run();
  EXPECT_EQ(records[0].status, Status::wrong);
  EXPECT_FALSE(records[0].has_numbers());
  EXPECT_THAT(records[0].labels, Contains("above_ceiling"));
  EXPECT_THAT(records[0].reason, HasSubstr("times what dram reached beside it"));
  EXPECT_EQ(exit_code(records), Exit::wrong);
}

TEST_F(Paired, OneDisturbedLaunchIsNoProof) {
  const TemporaryFolder folder;
  set("FAKE_WORKER_DIR", folder / "");
  set("FAKE_WORKER", "disturbed_once");
  launches_ = 1;
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.labels, IsEmpty());
  ASSERT_THAT(record.launches, SizeIs(3));
  EXPECT_GT(6e5, 5 * record.launches[0].ceilings.memory->rates.front());
}

class BusyPaired : public Paired {
 protected:
  void SetUp() override {
    Paired::SetUp();
    set("FAKE_CEILING", "2e5");
    set("FAKE_COPY", "1e5");
    device_.cpu = true;
    device_.hardware = "cpu:fake";
  }
  Record run_waiting(const std::string& share, const std::string& every = "1") {
    set("FAKE_WAITS", share);
    set("FAKE_WAITS_EVERY", every);
    return run().front();
  }
};

TEST_F(BusyPaired, NothingIsWrongForBeingFast) {
  const Record record = run_waiting("0.06");
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.labels, ElementsAre("busy", "ceiling_uncertain"));
  for (const Launch& launch : record.launches) EXPECT_TRUE(launch.ceilings.memory->disturbed);
  EXPECT_FALSE(summarise(record).bandwidth_efficiency);
}

TEST_F(BusyPaired, AnAcceleratorNeedsNoProcessor) {
  device_.cpu = false;
  EXPECT_EQ(run_waiting("0.06").status, Status::wrong);
}

TEST_F(BusyPaired, ShortOrRareWaitsAreNoExcuse) {
  EXPECT_EQ(run_waiting("0.04").status, Status::wrong);
  EXPECT_EQ(run_waiting("0.5", "5").status, Status::wrong);
}

TEST_F(Paired, WhatCanNotBeIsShownByThreeLaunches) {
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  launches_ = 1;
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::wrong);
  EXPECT_THAT(record.launches, SizeIs(3));
}

TEST_F(Paired, WithoutTimeForProofItIsNoNumberEither) {
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  launches_ = 1;
  min_time_s_ = 2;
  budget_s_ = 3;
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::wrong);
  EXPECT_THAT(record.launches, SizeIs(1));
}

TEST_F(Paired, ArithmeticAndMemoryArentMistakenForEachOther) {
  // Only the instruction path's ceiling is too low for this one.
  set("FAKE_CEILING", "5e4");
  set("FAKE_COPY", "1e9");
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::wrong);
  EXPECT_THAT(record.reason, HasSubstr("times what f32.fma reached"));
}

TEST_F(Paired, ARowThatWritesMayBeFasterThanReading) {
  set("FAKE_CEILING", "4e5");
  set("FAKE_COPY", "1e6");
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.labels, Not(Contains("ceiling_uncertain")));
  EXPECT_NEAR(summarise(record).bandwidth_efficiency->median, 1.5, 1e-6);
}

TEST_F(Paired, ACacheThatNobodyKnowsMayHoldTheCase) {
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  set("FAKE_CACHE", "1e6");
  EXPECT_EQ(run().front().status, Status::wrong);
  device_.cache_bytes = 0;
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_EQ(record.launches.at(0).ceilings.memory->name, "cache");
}

TEST_F(Paired, WithoutTheCachesCeilingMemorysIsNoneEither) {
  set("FAKE_CEILING", "2e5");
  set("FAKE_COPY", "1e5");
  set("FAKE_SKIP_AT", "cache:hot");
  device_.cache_bytes = 0;
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_FALSE(record.launches.at(0).ceilings.memory);
  EXPECT_EQ(record.launches[0].ceilings.missing, "cache: needs 1 GiB of device memory");
}

TEST_F(Paired, AMachineThatSwitchesMeanwhileRaisesNoFalseFlag) {
  // At half its speed at first, the case is at 60 % of its ceiling all the time.
  set("FAKE_WORKER", "slow_at_first");
  const Record record = run().front();
  ASSERT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_NEAR(summarise(record).bandwidth_efficiency->median, 0.6, 1e-6);
  for (const Launch& launch : record.launches) {
    EXPECT_NEAR(launch.ceilings.memory->rates.front(), 5e5, 1);
    EXPECT_NEAR(launch.ceilings.memory->rates.back(), 1e6, 1);
  }
}

TEST_F(Paired, AWordThatIsNoPathCostsOnlyTheCeiling) {
  for (const char* word : {"AVX2", "f64.fma", "f32.matrix", "fp8.matrix", "s32.add", "cache",
                           "dram", "f32", ".", "f32.fma.", "../../etc"}) {
    set("FAKE_PATH", word);
    const Record record = run().front();
    EXPECT_EQ(record.status, Status::ok) << word << ": " << record.reason;
    EXPECT_THAT(record.labels, Contains("no_ceiling")) << word;
    ASSERT_THAT(record.launches, SizeIs(3));
    EXPECT_FALSE(record.launches[0].ceilings.alu) << word;
    EXPECT_TRUE(record.launches[0].ceilings.memory) << word;
    EXPECT_THAT(record.launches[0].ceilings.missing, HasSubstr(word));
  }
}

TEST_F(Paired, WithoutAPathThereIsNoCeilingOfArithmeticAndNoLabel) {
  set("FAKE_PATH", "");
  const Record record = run().front();
  EXPECT_FALSE(record.launches.at(0).ceilings.alu);
  EXPECT_THAT(record.labels, IsEmpty());
}

TEST_F(Paired, AWrongProbeIsSaid) {
  set("FAKE_WORKER", "ceiling_wrong");
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.labels, Contains("no_ceiling"));
  EXPECT_FALSE(record.launches.at(0).ceilings.alu);
  EXPECT_FALSE(record.launches.at(0).ceilings.memory);
  EXPECT_THAT(record.launches[0].ceilings.missing, HasSubstr("f32.fma: wrong: element 7"));
}

TEST_F(Paired, WhatTakesTooLongIsLeftOut) {
  set("FAKE_WORKER", "ceiling_dear");
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.labels, Contains("no_ceiling"));
  for (const Launch& launch : record.launches) {
    EXPECT_TRUE(launch.ceilings.alu);
    EXPECT_FALSE(launch.ceilings.memory);
    EXPECT_EQ(
        launch.ceilings.missing,
        "dram: a sample of it takes 1 s, and all ceilings beside a block of cases have 0.3 s");
  }
}

TEST_F(Paired, AProbeThatEndsItsProcessCostsOnlyTheCeilings) {
  set("FAKE_WORKER", "ceiling_crash");
  const Record record = run().front();
  EXPECT_EQ(record.status, Status::ok) << record.reason;
  EXPECT_THAT(record.launches, SizeIs(3));
  EXPECT_THAT(record.labels, Contains("no_ceiling"));
  EXPECT_FALSE(record.launches.at(0).ceilings.memory);
}

TEST_F(Paired, AnotherDeviceOfTheSameHardwareLendsItsCeilings) {
  set("FAKE_WORKER", "ceiling_crash_1");
  const std::vector<Record> records = run({"0", "1"});
  ASSERT_THAT(records, SizeIs(2));
  for (const Record& record : records) {
    EXPECT_EQ(record.status, Status::ok) << record.reason;
    EXPECT_THAT(record.labels, Not(Contains("no_ceiling")));
    ASSERT_TRUE(record.launches.at(0).ceilings.alu);
    EXPECT_EQ(record.launches[0].ceilings.alu->device, "null:0");
  }
}

// Two backends take 0.22 s a round: the faster one alone has time for one at the beginning and one at the
// end.
TEST_F(Paired, OneBackendStandsForTheHardwareWhereTimeIsShort) {
  set("FAKE_WORKER", "ceiling_long");
  const std::vector<Record> records = run({"0", "1"});
  ASSERT_THAT(records, SizeIs(2));
  for (const Record& record : records) {
    EXPECT_EQ(record.status, Status::ok) << record.reason;
    EXPECT_THAT(record.labels, Not(Contains("no_ceiling")));
    for (const Launch& launch : record.launches) {
      ASSERT_TRUE(launch.ceilings.alu);
      EXPECT_EQ(launch.ceilings.alu->device, "null:1");
      EXPECT_GE(launch.ceilings.alu->rates.size(), 2U);
      ASSERT_TRUE(launch.ceilings.memory);
      EXPECT_GE(launch.ceilings.memory->rates.size(), 2U);
    }
  }
}

}  // namespace
}  // namespace assay
