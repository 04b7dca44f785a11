// Which of two devices is sooner done from which size on, and when that can't be told.
#include "bench/parallelism/contests.hpp"

#include <gmock/gmock.h>

#include "bench/parallelism/parallelism.hpp"
#include "bench/parallelism/parallelism_report.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* square = "matmul f32, m = n = k";

// A contest whose accelerator needed these multiples of the host's millisecond, one a visit.
Contest contest(double size, std::initializer_list<double> ratios) {
  Contest made;
  made.group = "g";
  made.size = size;
  for (const double ratio : ratios) {
    made.visits.push_back({1e-3, ratio * 1e-3, 1e-3, ratio * 1e-3, 1e-4});
  }
  return made;
}

DeviceComparison compared(std::vector<Contest> contests) {
  return {"onednn:0", "opencl:0.0", true, std::move(contests)};
}

DeviceComparison measured(const SimulatedDevice& host, const SimulatedDevice& gpu) {
  SimulatedMeter a(host);
  SimulatedMeter b(gpu);
  DeviceComparison comparison = compared({});
  measure_contests(a, b, [](const std::string&) {}, comparison);
  return comparison;
}

TEST(Contests, FindWhoWinsFromWhere) {
  SimulatedDevice host;  // 8 cores: 2.05 TFLOP/s, a call costs 1 us
  SimulatedDevice gpu = host;
  gpu.cores = 80;  // ten times that, a call costs 20 us
  gpu.dispatch_s = 20e-6;
  const DeviceComparison comparison = measured(host, gpu);
  // 1 + x > 20 + x / 10 us for x > 21.1 us: 4.3e7 FLOP, m = n = k > 278.
  EXPECT_EQ(crossover(comparison, square, false).from, 512);
  EXPECT_THAT(crossover(comparison, square, false).unclear, IsEmpty());
  // Copies of 4 n^2 bytes there and 4 n^2 back take 1.2 n^2 ns: 1.3 ms at 1024, more than the host
  // needs for it all; 5 of its 8.4 ms at 2048.
  EXPECT_EQ(crossover(comparison, square, true).from, 2048);
  const DeviceParallelism one;
  const auto lines = comparison_text(one, one, comparison);
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("kernel only: faster from 512 on (0."),
                                    HasSubstr("times onednn:0's time at 512), not at 256 ("))));
  EXPECT_THAT(lines, Contains(HasSubstr("a call alone, with copies: faster from 2048 on (")));
  EXPECT_THAT(lines.front(), HasSubstr("two runtimes on the same arithmetic units"));
}

TEST(Contests, NoCrossoverIsNamedThatNoiseCouldExplain) {
  // The same device twice, a few per cent of noise: nobody is sooner anywhere.
  SimulatedDevice device;
  device.noise = 0.05;
  SimulatedDevice same = device;
  same.seed = 6;
  const DeviceComparison comparison = measured(device, same);
  const ContestCrossover found = crossover(comparison, square, false);
  EXPECT_FALSE(found.from);
  EXPECT_EQ(found.unclear.size(), 7U);
  EXPECT_THAT(
      contest_lines(comparison),
      Contains(HasSubstr("can't be told from which size on it is faster; noise could explain the "
                         "difference at 32, 64, 128, 256, 512, 1024, 2048 (")));
}

TEST(Contests, ASizeThatEitherMayWinIsSaid) {
  const DeviceComparison comparison =
      compared({contest(64, {2, 2.1, 1.9, 2}), contest(128, {0.8, 1.3, 0.9, 1.1}),
                contest(256, {0.5, 0.51, 0.49, 0.5})});
  const ContestCrossover found = crossover(comparison, "g", false);
  EXPECT_EQ(found.from, 256);
  EXPECT_THAT(found.unclear, ElementsAre(128));
  EXPECT_THAT(
      contest_lines(comparison),
      Contains(HasSubstr("from 256 on (0.49 to 0.51 times onednn:0's time at 256); noise could "
                         "explain the difference at 128 (0.7")));
}

TEST(Contests, TheLargestSizeDecides) {
  const DeviceComparison slower = compared({contest(64, {0.5, 0.5, 0.5}), contest(128, {2, 2, 2})});
  EXPECT_FALSE(crossover(slower, "g", false).from);
  EXPECT_THAT(contest_lines(slower),
              Contains(HasSubstr("from no size on (2.00 to 2.00 times onednn:0's time at 128); "
                                 "surely faster only at 64")));
  const DeviceComparison smallest = compared({contest(64, {0.5, 0.5, 0.5})});
  EXPECT_THAT(contest_lines(smallest), Contains(HasSubstr("at 64), the smallest measured")));
}

TEST(Contests, TwoPerCentAndTwoVisitsAreNoProof) {
  EXPECT_FALSE(crossover(compared({contest(64, {0.98, 0.98, 0.98, 0.98})}), "g", false).from);
  EXPECT_TRUE(crossover(compared({contest(64, {0.9, 0.9, 0.9, 0.9})}), "g", false).from);
  const DeviceComparison two = compared({contest(64, {0.5, 0.5})});
  EXPECT_FALSE(crossover(two, "g", false).from);
  EXPECT_THAT(contest_lines(two),
              Contains(HasSubstr("noise could explain the difference at 64 (about 0.50 times")));
}

TEST(Contests, WithCopiesAWinnerNeedsItsCallAlone) {
  // Calls that follow each other hide what starting one costs.
  Contest small = contest(1, {0.2, 0.2, 0.2});
  for (Contest::Visit& each : small.visits) each.accelerator_call_s = 2e-3;
  Contest large = contest(2, {0.2, 0.2, 0.2});
  const DeviceComparison comparison = compared({small, large});
  EXPECT_EQ(crossover(comparison, "g", false).from, 1);
  EXPECT_EQ(crossover(comparison, "g", true).from, 2);
}

TEST(Contests, AreDrawnAroundTheSameTime) {
  const auto plots =
      contest_plots({compared({contest(64, {2, 2, 2}), contest(128, {0.5, 0.5, 0.5})})});
  ASSERT_EQ(plots.size(), 1U);
  ASSERT_EQ(plots[0].series.size(), 3U);
  EXPECT_THAT(plots[0].series[0].points, ElementsAre(std::pair(64.0, 2.0), std::pair(128.0, 0.5)));
  EXPECT_NEAR(plots[0].series[1].points[1].second, 0.6, 1e-9);
  EXPECT_THAT(plots[0].series[2].points, ElementsAre(std::pair(64.0, 1.0), std::pair(128.0, 1.0)));
  EXPECT_THAT(contest_plots({compared({})}), IsEmpty());
}

TEST(Contests, SayWhatCouldNotBeMeasured) {
  Contest missing = contest(64, {});
  missing.reason = "no f32 here";
  EXPECT_THAT(contest_lines(compared({missing})),
              ElementsAre(HasSubstr("g: not measurable: without 64: no f32 here")));
  EXPECT_THAT(contest_lines(compared({contest(32, {0.1, 0.1, 0.1}), missing})),
              Contains(HasSubstr("without 64: no f32 here")));
  Contest another = contest(128, {});
  another.reason = "wrong: onednn:0: out[1]";
  EXPECT_THAT(contest_lines(compared({missing, another})),
              ElementsAre(HasSubstr("without 64: no f32 here; without 128: wrong: onednn:0: out")));
}

// Whenever it is found out, and whosever it is, a reason begins with it.
TEST(Contests, AWrongAnswerIsSaidToBeWrong) {
  SimulatedMeter host{SimulatedDevice{}};
  for (const bool before : {true, false}) {
    SimulatedMeter gpu{SimulatedDevice{}};
    (before ? gpu.wrong_before : gpu.wrong_after) = "out[1] is 0, not 2";
    DeviceComparison comparison = compared({});
    measure_contests(host, gpu, [](const std::string&) {}, comparison);
    for (const Contest& each : comparison.contests) {
      EXPECT_EQ(each.reason, "wrong: opencl:0.0: out[1] is 0, not 2");
    }
  }
}

TEST(Contests, WithAProcessorTakeNoCopies) {
  SimulatedMeter host{SimulatedDevice{}};
  SimulatedMeter other{SimulatedDevice{}};
  DeviceComparison comparison = compared({});
  comparison.copies = false;
  measure_contests(host, other, [](const std::string&) {}, comparison);
  EXPECT_EQ(comparison.contests.front().visits.front().transfer_s, 0);
  EXPECT_THAT(contest_lines(comparison), Contains(HasSubstr("a call alone: ")));
}

}  // namespace
}  // namespace assay
