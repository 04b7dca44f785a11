#include "bench/runner.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "bench/exit_code.hpp"
#include "tests/bench/fake_worker.hpp"
#include "tests/bench/runs.hpp"

namespace assay {
namespace {

using fake::Mode;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Clock = std::chrono::steady_clock;

TEST_F(Runs, TakeAtLeastTheRepeatsAskedFor) {
  Plan plan = plan_of({fake::case_name(Mode::good)});
  plan.measure.min_repeats = 20;
  for (const Record& record : run(plan)) {
    for (const Launch& launch : record.launches) EXPECT_GE(launch.samples_ns.size(), 20U);
  }
}

TEST_F(Runs, MeasureEnergyWhereItIsAskedFor) {
  Plan plan = plan_of({fake::case_name(Mode::good)});
  EXPECT_FALSE(run(plan).front().launches.at(0).energy);
  plan.measure.energy_s = 0.01;
  const Record record = run(plan).front();
  ASSERT_EQ(record.status, Status::ok) << record.reason;
  for (const Launch& launch : record.launches) {
    ASSERT_TRUE(launch.energy);
    EXPECT_NEAR(launch.energy->joules, 5e-3, 1e-9);  // 50 W for 100 us
    EXPECT_NEAR(launch.energy->watts, 50, 1e-9);
    EXPECT_EQ(launch.energy->source, "powercap");
  }
  setenv("FAKE_WORKER", "no_energy", 1);
  const Record without = run(plan).front();
  EXPECT_EQ(without.status, Status::ok) << without.reason;
  EXPECT_THAT(without.labels, Contains("no_energy"));
  EXPECT_EQ(without.launches.at(0).energy->missing, "the system counts no energy");
  setenv("FAKE_WORKER", "free_energy", 1);
  EXPECT_THAT(run(plan).front().reason, HasSubstr("lied: calls that took no energy"));
}

TEST_F(Runs, GiveEveryCaseItsLaunches) {
  const auto records =
      run(plan_of({fake::case_name(Mode::good), fake::case_name(Mode::good, false, 2)}));
  ASSERT_THAT(records, SizeIs(2));
  for (const Record& record : records) {
    EXPECT_EQ(record.status, Status::ok) << record.reason;
    EXPECT_THAT(record.launches, SizeIs(3));
    EXPECT_EQ(record.implementation, "fake");
    EXPECT_EQ(record.device, "null:0");
    EXPECT_GT(record.work.flops, 0);
    EXPECT_EQ(record.repro, "assay run '" + record.name + "'");
    for (const Launch& launch : record.launches) {
      EXPECT_GE(launch.samples_ns.size(), 3U);
      EXPECT_THAT(launch.samples_ns, Each(2e4));
      EXPECT_EQ(launch.device_ns, 1e4);
      EXPECT_EQ(launch.cpu_ns, 1e4);
      EXPECT_EQ(launch.calls_per_sample, 10);
    }
    EXPECT_NE(record.launches[0].seed, record.launches[1].seed);
  }
  EXPECT_EQ(records[0].launches[0].seed, records[1].launches[0].seed);
}

struct Misbehaviour {
  Mode mode;
  Status status;
  const char* reason;
};

// For the name of the test.
std::ostream& operator<<(std::ostream& out, const Misbehaviour& m) {
  return out << static_cast<int>(m.mode);
}

class Misbehaving : public Runs, public testing::WithParamInterface<Misbehaviour> {};

TEST_P(Misbehaving, CostsItsOwnCaseOnly) {
  const auto& [mode, status, reason] = GetParam();
  Plan plan = plan_of({fake::case_name(Mode::good), fake::case_name(mode),
                       fake::case_name(Mode::good, false, 2), fake::case_name(mode, false, 2)});
  if (mode == Mode::hangs) {
    plan.cases.resize(3);
    plan.measure.worker.answer_timeout_s = 2;
  }
  const auto records = run(plan);
  ASSERT_THAT(records, SizeIs(plan.cases.size()));
  for (const std::size_t good : {0U, 2U}) {
    EXPECT_EQ(records[good].status, Status::ok) << records[good].reason;
    EXPECT_THAT(records[good].launches, SizeIs(3));
  }
  EXPECT_EQ(records[1].status, status);
  EXPECT_THAT(records[1].reason, StartsWith(reason));
  EXPECT_EQ(records[1].has_numbers(), status == Status::ok);
}

INSTANTIATE_TEST_SUITE_P(
    Workers, Misbehaving,
    testing::Values(
        Misbehaviour{Mode::crash_in_prepare, Status::failed, "signal 11 (segmentation fault)"},
        Misbehaviour{Mode::crash_in_sample, Status::failed, "signal 6 (aborted)"},
        Misbehaviour{Mode::killed, Status::failed, "signal 9 (killed)"},
        Misbehaviour{Mode::exits, Status::failed, "exit status 3"},
        Misbehaviour{Mode::hangs, Status::failed, "no answer in "},
        Misbehaviour{Mode::babbles, Status::ok, ""},
        Misbehaviour{Mode::garbage, Status::failed, "not a reply: no JSON object"},
        Misbehaviour{Mode::endless_line, Status::failed, "sent a line without end"},
        Misbehaviour{Mode::wrong_id, Status::failed, "answered a question that wasn't asked"},
        Misbehaviour{Mode::wrong_reply, Status::failed, "answered with 'release'"},
        Misbehaviour{Mode::device_above_host, Status::ok, ""},
        Misbehaviour{Mode::device_nan, Status::failed, "not a reply"},
        Misbehaviour{Mode::negative_time, Status::failed, "lied: a sample that took no time"},
        Misbehaviour{Mode::zero_time, Status::failed, "lied: a sample that took no time"},
        Misbehaviour{Mode::too_much_time, Status::failed, "lied: 7.0 s of samples in "},
        Misbehaviour{Mode::hidden_time, Status::failed, "lied: 0.00 s of samples in "},
        Misbehaviour{Mode::passes_with_error, Status::failed,
                     "lied: passed with 5 times the deviation"},
        Misbehaviour{Mode::passes_unchecked, Status::failed, "lied: passed, but checked ''"},
        Misbehaviour{Mode::passes_nothing, Status::failed, "lied: passed with 0 outputs checked"},
        Misbehaviour{Mode::no_ring, Status::failed, "lied: prepared 0 sets of tensors"},
        Misbehaviour{Mode::negative_compile, Status::failed, "lied: a negative time"},
        Misbehaviour{Mode::long_compile, Status::failed, "lied: 7000 s of preparing in "},
        Misbehaviour{Mode::long_warm_up_call, Status::failed, "lied: a call of 7.0 s in "},
        Misbehaviour{Mode::few_samples, Status::failed, "lied: 1 samples instead of 2"},
        Misbehaviour{Mode::out_of_memory, Status::failed, "out of host memory"},
        Misbehaviour{Mode::error, Status::failed, "clBuildProgram failed"},
        Misbehaviour{Mode::unsupported, Status::unsupported, "fakes do no such thing"},
        Misbehaviour{Mode::skipped, Status::skipped, "needs 40 GiB of device memory, has 8 GiB"},
        Misbehaviour{Mode::wrong_result, Status::wrong, "element 3 is 1, not 2"},
        Misbehaviour{Mode::wrong_when_timed, Status::wrong, "element 3 is 1, not 2"}));

TEST_F(Runs, TryAFailedCaseOnceMore) {
  for (const Mode mode : {Mode::crash_in_prepare, Mode::garbage, Mode::few_samples}) {
    const auto records = run(plan_of({fake::case_name(mode, true)}));
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].status, Status::ok) << records[0].reason;
    EXPECT_THAT(records[0].launches, SizeIs(3));
  }
}

// m:2 would have it succeed the second time.
TEST_F(Runs, DoNotRepeatWhatACompilerRefused) {
  const auto records = run(plan_of({fake::case_name(Mode::refused_program, true)}));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].status, Status::failed);
  EXPECT_EQ(records[0].reason, "can't compile it");
}

TEST_F(Runs, KeepWhatACrashedWorkerPrinted) {
  const auto records = run(plan_of({fake::case_name(Mode::crash_in_prepare)}));
  EXPECT_EQ(records[0].detail, "about to fall\n");
  const auto broken = run(plan_of({fake::case_name(Mode::error)}));
  EXPECT_EQ(broken[0].detail, "line 3: no such type");
}

TEST_F(Runs, RejectADeviceTimeAboveTheHosts) {
  const auto records = run(plan_of({fake::case_name(Mode::device_above_host)}));
  EXPECT_THAT(records[0].labels, ElementsAre("device_clock_rejected"));
  for (const Launch& launch : records[0].launches) EXPECT_FALSE(launch.device_ns);
}

TEST_F(Runs, LabelALibrarysReferenceImplementation) {
  const auto records = run(plan_of({fake::case_name(Mode::fallback)}));
  EXPECT_THAT(records[0].labels, ElementsAre("fallback"));
}

TEST_F(Runs, SkipWhatDoesNotFitItsShare) {
  Plan plan = plan_of({fake::case_name(Mode::slow), fake::case_name(Mode::good)});
  plan.measure.budget_s = 12;
  const auto records = run(plan);
  EXPECT_EQ(records[0].status, Status::skipped);
  EXPECT_THAT(records[0].reason, StartsWith("needs ~120 s, budget "));
  EXPECT_EQ(records[1].status, Status::ok);
}

TEST_F(Runs, ForgiveAFirstCallThatCompiles) {
  Plan plan = plan_of({fake::case_name(Mode::slow_first_call)});
  plan.measure.budget_s = 12;
  const auto records = run(plan);
  EXPECT_EQ(records[0].status, Status::ok) << records[0].reason;
  EXPECT_THAT(records[0].launches, SizeIs(3));
}

TEST_F(Runs, MeasureNothingWithoutABudget) {
  Plan plan = plan_of({fake::case_name(Mode::good), fake::case_name(Mode::good, false, 2)});
  plan.measure.budget_s = 0;
  const auto records = run(plan);
  ASSERT_THAT(records, SizeIs(2));
  for (const Record& record : records) EXPECT_EQ(record.status, Status::skipped);
}

TEST_F(Runs, RefuseAForeignProtocol) {
  setenv("FAKE_WORKER", "old", 1);
  const auto records = run(plan_of({fake::case_name(Mode::good)}));
  EXPECT_EQ(records[0].status, Status::failed);
  EXPECT_THAT(records[0].reason, StartsWith("speaks protocol 0"));
}

TEST_F(Runs, SayThatAWorkerCanNotBeStarted) {
  Plan plan = plan_of({fake::case_name(Mode::good)});
  plan.measure.worker.executable = "/nowhere/assay";
  const auto records = run(plan);
  EXPECT_EQ(records[0].status, Status::failed);
  EXPECT_THAT(records[0].reason, HasSubstr("can't start '/nowhere/assay'"));
}

TEST_F(Runs, KeepSettledRowsInTheirPlace) {
  Plan plan = plan_of({fake::case_name(Mode::good), fake::case_name(Mode::good, false, 2)});
  Record settled;
  settled.name = "elsewhere";
  settled.status = Status::skipped;
  settled.reason = "no such device";
  plan.cases[0].settled = settled;
  const auto records = run(plan);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].name, "elsewhere");
  EXPECT_EQ(records[1].status, Status::ok);
}

TEST_F(Runs, StopWithinASecondThoughAWorkerHangs) {
  const Plan plan = plan_of({fake::case_name(Mode::hangs)});
  Clock::time_point before;
  std::thread user([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    before = Clock::now();
    interrupted_ = true;
  });
  EXPECT_THAT(run(plan), IsEmpty());
  user.join();
  // A second is what is promised; the machine may be busy.
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(5));
}

// 30 s and what the work could take, in both processes that try it; here a second in place of 30.
TEST_F(Runs, AHungWorkerCostsItsPatienceAndNoMore) {
  for (const Mode mode : {Mode::hangs, Mode::hangs_in_sample}) {
    Plan plan = plan_of({fake::case_name(mode)});
    plan.measure.budget_s = 3;
    plan.measure.worker.answer_timeout_s = 1;
    const auto before = Clock::now();
    const auto records = run(plan);
    const std::chrono::duration<double> took = Clock::now() - before;
    EXPECT_EQ(records[0].status, Status::failed);
    EXPECT_THAT(records[0].reason, StartsWith("no answer in "));
    EXPECT_LT(took.count(), 2 * (1 + 2 * 5) + 5) << static_cast<int>(mode);
  }
}

TEST_F(Runs, TryInstructionsThatHangOnceAndNotInEveryLaunch) {
  setenv("FAKE_WORKER", "hang_in_probe", 1);
  Plan plan = plan_of({fake::case_name(Mode::good)});
  plan.measure.worker.answer_timeout_s = 2;
  plan.measure.worker.probe_extra_s = 0;
  const auto records = run(plan);
  EXPECT_EQ(records[0].status, Status::ok) << records[0].reason;
  EXPECT_THAT(records[0].launches, SizeIs(3));
  EXPECT_EQ(std::filesystem::file_size(directory_ / "hung"), 1U);
}

}  // namespace
}  // namespace assay
