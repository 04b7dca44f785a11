#include "bench/comparison/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../statistics/noise.hpp"
#include "baseline_runs.hpp"
#include "results.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(Fingerprint, HoldsTheMachineButNotTheBuild) {
  const ResultFile run = run_of(1);
  const Fingerprint print = fingerprint(run.context, run.cases[0]);
  EXPECT_EQ(print.at("processor.model"), "CPU 1");
  EXPECT_EQ(print.at("device.driver"), "3.7");
  EXPECT_EQ(print.at("variables.OMP_NUM_THREADS"), "2");
  for (const auto& [name, value] : print) EXPECT_EQ(value.find("abc"), std::string::npos) << name;
}

TEST(Fingerprint, NamesItsDifferences) {
  EXPECT_THAT(differences({{"a", "1"}, {"b", "2"}}, {{"a", "1"}, {"b", "3"}, {"c", "4"}}),
              ElementsAre("b: baseline 2, here 3", "c: baseline not set, here 4"));
}

TEST(Gate, PassesARunLikeTheOthers) {
  const VerdictTable table = gate(run_of(1), ten_runs(), {});
  ASSERT_EQ(table.rows.size(), 2U);
  for (const VerdictRow& row : table.rows) EXPECT_EQ(row.verdict.outcome, Outcome::pass);
  EXPECT_EQ(exit_code(table, true), Exit::pass);
}

TEST(Gate, FindsASlowRun) {
  const VerdictTable table = gate(run_of(1.1), ten_runs(), {});
  EXPECT_EQ(count(table, Outcome::regression), 2U);
  EXPECT_NEAR(table.rows[0].ratio.value, 1.1, 0.02);
  EXPECT_EQ(exit_code(table, false), Exit::regression);
}

TEST(Gate, CallsOnlyLargeSlowdownsFromOneRun) {
  std::vector<BaselineEntry> one;
  append(run_of(1), "", one);
  EXPECT_EQ(count(gate(run_of(1.1), one, {}), Outcome::inconclusive), 2U);
  EXPECT_EQ(count(gate(run_of(2), one, {}), Outcome::regression), 2U);
  EXPECT_THAT(gate(run_of(1.01), one, {}).notes.at(0), HasSubstr("fewer than 3 baseline runs"));
}

// The launches themselves say that this run's mean is worth little.
TEST(Gate, CallsANoisyRunNoRegression) {
  ResultFile run = run_of(1);
  run.cases[0] = made_case("matmul/dtype:f32/m:1", {900, 4000, 1100, 6000, 1000});
  for (const std::size_t runs : {1U, 10U}) {
    std::vector<BaselineEntry> baseline;
    for (const BaselineEntry& entry : ten_runs()) {
      if (baseline.size() < 2 * runs) baseline.push_back(entry);
    }
    const VerdictTable table = gate(run, baseline, {});
    ASSERT_EQ(table.rows.size(), 2U);
    for (const VerdictRow& row : table.rows) {
      if (row.name.find("m:1") == std::string::npos) continue;
      EXPECT_GT(row.ratio.value, 1.5);
      EXPECT_EQ(row.verdict.outcome, Outcome::inconclusive) << runs << " runs";
    }
  }
}

TEST(Gate, RefusesAnotherMachineAndSaysWhatDiffers) {
  const VerdictTable table = gate(run_of(1, "CPU 2"), ten_runs(), {});
  EXPECT_THAT(table.refused, ElementsAre("processor.model: baseline CPU 1, here CPU 2"));
  EXPECT_EQ(exit_code(table, false), Exit::refused);
}

TEST(Gate, RefusesAnotherDeviceOfTheSameName) {
  ResultFile run = run_of(1, "CPU 2");
  for (ResultCase& c : run.cases) {
    c.device_name = "CPU 2";
    c.hardware = "cpu:CPU 2";
  }
  const VerdictTable table = gate(run, ten_runs(), {});
  EXPECT_THAT(table.refused,
              UnorderedElementsAre("processor.model: baseline CPU 1, here CPU 2",
                                   "device: baseline Processor 9000, here CPU 2",
                                   "device.hardware: baseline cpu:Processor 9000, here cpu:CPU 2"));
  EXPECT_TRUE(table.only_base.empty() && table.only_head.empty());
}

TEST(Gate, JudgesNothingWhereACaseIsRefused) {
  ResultFile run = run_of(10);
  run.cases[1].options = "--threads 1";
  const VerdictTable table = gate(run, ten_runs(), {});
  EXPECT_THAT(table.refused, ElementsAre("options: baseline not set, here --threads 1"));
  EXPECT_EQ(count(table, Outcome::regression), 0U);
  EXPECT_EQ(exit_code(table, false), Exit::refused);
  run.cases[0].status = Status::wrong;
  EXPECT_EQ(exit_code(gate(run, ten_runs(), {}), false), Exit::wrong);
}

TEST(Gate, RefusesARunWithoutACaseOfTheBaseline) {
  ResultFile run = run_of(1);
  for (ResultCase& c : run.cases) c.name = c.problem = "matmul/other";
  const VerdictTable table = gate(run, ten_runs(), {});
  EXPECT_EQ(exit_code(table, false), Exit::refused);
  EXPECT_EQ(table.only_head.size(), 2U);
  EXPECT_EQ(table.only_base.size(), 2U);
}

TEST(Gate, KeepsRowsOfCasesThatFailed) {
  ResultFile run = run_of(1);
  run.cases[0].status = Status::failed;
  EXPECT_EQ(exit_code(gate(run, ten_runs(), {}), false), Exit::failed);
}

TEST(Gate, RefusesARunThatMeasuredNothing) {
  ResultFile run = run_of(1);
  for (ResultCase& c : run.cases) c.status = Status::skipped;
  const VerdictTable table = gate(run, ten_runs(), {});
  EXPECT_EQ(exit_code(table, false), Exit::refused);
  EXPECT_THAT(table.refused, ElementsAre("no case of the run was measured"));
}

TEST(Gate, LeavesOutTheRunItself) {
  const ResultFile run = run_of(1.15);
  std::vector<BaselineEntry> entries = ten_runs();
  const VerdictTable without = gate(run, entries, {});
  append(run, "", entries);
  const VerdictTable with = gate(run, entries, {});
  EXPECT_EQ(with.rows[0].ratio.value, without.rows[0].ratio.value);
  EXPECT_THAT(with.notes, testing::Contains(HasSubstr("this run is in the baseline too")));
  const std::vector<BaselineEntry> own(entries.end() - 2, entries.end());
  EXPECT_EQ(gate(run, own, {}).rows[0].ratio.value, 1) << "nothing else to hold it against";
}

TEST(Gate, CountsFromTheLastMoveOn) {
  std::vector<BaselineEntry> entries = ten_runs();
  append(run_of(2), "new driver", entries);
  append(run_of(2.01), "", entries);
  append(run_of(1.99), "", entries);
  const VerdictTable table = gate(run_of(2.005), entries, {});
  EXPECT_EQ(table.rows[0].blocks, 3U);
  EXPECT_NEAR(table.rows[0].ratio.value, 1, 0.02);
}

// The scatter between runs is what it is held against: A/A runs raise no alarms.
TEST(Gate, RaisesFewFalseAlarms) {
  simulation::Random random(2, 0);
  int alarms = 0;
  constexpr int trials = 300;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<BaselineEntry> entries;
    const auto scale = [&] { return std::exp(0.1 * random.normal()); };
    for (int i = 0; i < 6; ++i) append(run_of(scale()), "", entries);
    alarms += count(gate(run_of(scale()), entries, {}), Outcome::regression) > 0 ? 1 : 0;
  }
  EXPECT_LE(alarms, 10);  // 1 % of 300 is 3; above 10 with probability 0.0003
}

// Twenty cases whose times differ by `noise`.
ResultFile twenty_cases(double scale, double noise, simulation::Random& random) {
  std::vector<ResultCase> cases;
  for (int c = 0; c < 20; ++c) {
    const double ns = 1000 * scale * std::exp(noise * random.normal());
    cases.push_back(made_case("matmul/dtype:f32/m:" + std::to_string(c), {ns}));
  }
  ResultFile file = made_file("run.json", "2025-01-01T00:00:00+00:00", std::move(cases));
  file.context = context();
  return file;
}

// Many cases, each with luck of its own: who is faster by chance moves no baseline.
TEST(Gate, CallsFewRunsFasterByChance) {
  simulation::Random random(4, 0);
  int called = 0;
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<BaselineEntry> entries;
    const auto run = [&] { return twenty_cases(1, 0.02, random); };
    for (int i = 0; i < 5; ++i) append(run(), "", entries);
    const VerdictTable table = gate(run(), entries, {});
    called += std::ranges::any_of(table.rows, [](auto& row) { return row.verdict.faster; }) ? 1 : 0;
  }
  EXPECT_LE(called, 10);
}

// A machine whose speed changes from run to run changes all cases alike: twenty cases know no more of it
// than one.
TEST(Gate, RaisesFewFalseAlarmsWhereAllCasesShareTheMachinesSpeed) {
  simulation::Random random(3, 0);
  int alarms = 0;
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<BaselineEntry> entries;
    const auto run = [&] {
      const double scale = std::exp(0.1 * random.normal());
      return twenty_cases(scale, 0.01, random);
    };
    for (int i = 0; i < 4; ++i) append(run(), "", entries);
    alarms += count(gate(run(), entries, {}), Outcome::regression) > 0 ? 1 : 0;
  }
  EXPECT_LE(alarms, 10);
}

}  // namespace
}  // namespace assay
