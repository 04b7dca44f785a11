// What a problem that ends the measuring process costs: itself.
#include "bench/ceilings/turns.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "bench/parallelism/parallelism.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

// A device that crashes at some problems: when they are prepared, sampled or checked.
class Crashing final : public Meter {
 public:
  enum class When : std::uint8_t { add, sample, check };
  using Which = std::function<bool(const Problem&)>;
  Crashing(When when, Which which) : when_(when), which_(std::move(which)) {}

  Added add(const Problem& problem) override {
    if (when_ == When::add) crash_at(problem);
    Added added = inner_.add(problem);
    if (added.index) problems_[*added.index] = problem;
    return added;
  }
  double sample(std::size_t index) override {
    if (when_ == When::sample) crash_at(problems_.at(index));
    return inner_.sample(index);
  }
  double single_call(std::size_t index) override { return inner_.single_call(index); }
  Rates transfer(std::int64_t bytes) override { return inner_.transfer(bytes); }
  std::string check(std::size_t index) override {
    if (when_ == When::check) crash_at(problems_.at(index));
    return inner_.check(index);
  }
  void remove(std::size_t index) override {
    if (problems_.erase(index) != 1) throw Error(Error::Kind::internal, "removed twice");
    inner_.remove(index);
  }
  bool restart() override {
    ++restarts;
    problems_.clear();
    return restarts <= most_restarts;
  }
  int restarts = 0;
  int most_restarts = 1000;
  bool silently = false;

 private:
  void crash_at(const Problem& problem) const {
    if (!which_(problem)) return;
    if (silently) throw WorkerFailure("no answer in 30 s", "", WorkerFailure::Cause::silence);
    throw WorkerFailure("signal 11 (segmentation fault)", "");
  }
  When when_;
  Which which_;
  SimulatedMeter inner_{SimulatedDevice{}};
  std::map<std::size_t, Problem> problems_;
};

bool is_f32_with_8(const Problem& problem) {
  return problem.kernel == "alu" && problem.integer("accumulators") == 8;
}

std::vector<Problem> chains_with(std::initializer_list<int> accumulators) {
  std::vector<Problem> problems;
  for (const int each : accumulators) {
    problems.push_back(
        parse_problem("alu/dtype:f32/chains:1024/steps:64/accumulators:" + std::to_string(each)));
  }
  return problems;
}

TEST(Turns, AProblemThatEndsItsProcessCostsItself) {
  for (const auto when : {Crashing::When::add, Crashing::When::sample, Crashing::When::check}) {
    Crashing meter(when, is_f32_with_8);
    const std::vector<Problem> problems = chains_with({4, 8, 12});
    std::vector<Turn> turns;
    for (const Problem& each : problems) turns.push_back({&each, "", {}, ""});
    Losses losses;
    TimeLimit none;
    measure_in_turns(meter, turns, 3, losses, none);
    EXPECT_THAT(turns[0].seconds, SizeIs(3));
    EXPECT_THAT(turns[1].seconds, SizeIs(0));
    EXPECT_EQ(turns[1].reason, "not available: signal 11 (segmentation fault)");
    EXPECT_THAT(turns[2].seconds, SizeIs(3));
    EXPECT_EQ(meter.restarts, 1);
  }
}

TEST(Turns, WhatEndsEveryProcessEndsTheMeasurement) {
  const std::vector<Problem> problems = chains_with({1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24});
  const auto all = [](const Problem&) { return true; };
  std::vector<Turn> turns;
  for (const Problem& each : problems) turns.push_back({&each, "", {}, ""});
  Losses losses;
  Crashing crashing(Crashing::When::sample, all);
  TimeLimit none;
  EXPECT_THROW(measure_in_turns(crashing, turns, 3, losses, none), WorkerFailure);
  EXPECT_EQ(crashing.restarts, 8);
  // Hangs cost half a minute each.
  for (Turn& each : turns) each.reason.clear();
  Losses others;
  Crashing hanging(Crashing::When::sample, all);
  hanging.silently = true;
  EXPECT_THROW(measure_in_turns(hanging, turns, 3, others, none), WorkerFailure);
  EXPECT_EQ(hanging.restarts, 2);
  // A device that is gone.
  for (Turn& each : turns) each.reason.clear();
  Losses third;
  Crashing gone(Crashing::When::sample, all);
  gone.most_restarts = 0;
  EXPECT_THROW(measure_in_turns(gone, turns, 3, third, none), WorkerFailure);
}

TEST(Turns, OnePointOfASweepIsLostAndTheRestIsRead) {
  Crashing meter(Crashing::When::sample, is_f32_with_8);
  DeviceParallelism found;
  measure_parallelism(meter, simulated({}), [](const std::string&) {}, found);
  for (const Sweep& sweep : found.sweeps) {
    const auto lost = std::ranges::count_if(sweep.points, [](const SweepPoint& each) {
      return each.reason.starts_with(not_available);
    });
    const bool has_8 = sweep.variable == "accumulators" || sweep.variable == "items";
    EXPECT_EQ(lost, has_8 && sweep.bound != SweepBound::memory ? 1 : 0) << sweep.variable;
  }
  EXPECT_THAT(reading(found), Contains(HasSubstr("= latency 4.0 cycles x 2.0")));
  EXPECT_THAT(reading(found), Contains(HasSubstr("at 8 not available: signal 11")));
}

TEST(Turns, WhatIsMeasuredBesideSweepsIsLostAlone) {
  Crashing meter(Crashing::When::sample, [](const Problem& problem) {
    return problem.kernel == "alu" && problem.word("path") == "add";
  });
  DeviceParallelism found;
  measure_parallelism(meter, simulated({}), [](const std::string&) {}, found);
  EXPECT_FALSE(found.clock_hz);
  EXPECT_THAT(reading(found), Contains(HasSubstr("clock: not available: signal 11")));
  EXPECT_GT(found.most("units", SweepBound::arithmetic), 0);
  EXPECT_GT(found.dispatch_s, 0);
}

TEST(Turns, AContestThatEndsAProcessIsLeftOut) {
  SimulatedMeter host{SimulatedDevice{}};
  Crashing gpu(Crashing::When::sample, [](const Problem& problem) {
    return problem.kernel == "matmul" && problem.integer("m") == 512;
  });
  DeviceComparison comparison{"onednn:0", "opencl:0.0", true, {}};
  measure_contests(host, gpu, [](const std::string&) {}, comparison);
  for (const Contest& each : comparison.contests) {
    EXPECT_EQ(each.visits.size(), each.size == 512 ? 0U : 4U) << each.size;
  }
  EXPECT_THAT(contest_lines(comparison),
              Contains(HasSubstr("without 512: opencl:0.0 not available: signal 11")));
}

}  // namespace
}  // namespace assay
