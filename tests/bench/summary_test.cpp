#include "bench/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/error.hpp"

namespace assay {
namespace {

Record record_of(const std::vector<std::vector<double>>& launches) {
  Record record;
  record.status = Status::ok;
  record.work = {2000, 300, 100};
  for (const auto& samples : launches) {
    Launch launch;
    launch.samples_ns = samples;
    record.launches.push_back(launch);
  }
  return record;
}

TEST(Summary, TakesTheMedianOverLaunchesOfTheirMedians) {
  // The launch of many samples counts no more than the others.
  const Summary summary =
      summarise(record_of({{10, 11, 12}, {20, 20, 20, 20, 20, 20, 20, 20}, {13, 15, 14}}));
  EXPECT_EQ(summary.median_ns, 14);
  EXPECT_EQ(summary.launches, 3);
  EXPECT_EQ(summary.samples, 14);
  EXPECT_EQ(summary.min_ns, 10);
  EXPECT_DOUBLE_EQ(summary.flops_per_second, 2000 / 14e-9);
  EXPECT_DOUBLE_EQ(summary.bytes_per_second, 400 / 14e-9);
}

TEST(Summary, HasNoIntervalBelowThreeLaunches) {
  EXPECT_FALSE(summarise(record_of({{1, 2}, {2, 3}})).interval);
  EXPECT_FALSE(summarise(record_of({{1, 2}, {2, 3}})).precision());
  EXPECT_TRUE(summarise(record_of({{1, 2}, {2, 3}, {2, 2}})).interval);
}

TEST(Summary, PrecisionIsHalfTheIntervalOverTheMedian) {
  const Summary summary = summarise(record_of({{100}, {110}, {121}}));
  EXPECT_DOUBLE_EQ(*summary.precision(),
                   (summary.interval->high - summary.interval->low) / 2 / 110);
}

TEST(Summary, OfARecordWithoutNumbersIsAnError) {
  Record record = record_of({{1}});
  record.status = Status::wrong;
  EXPECT_THROW((void)summarise(record), Error);
  EXPECT_THROW((void)summarise(record_of({})), Error);
}

// Launches of a case that runs at `share` of 1e12 FLOP/s and of 2e11 bytes/s' half.
Record record_at(const std::vector<double>& shares) {
  Record record;
  record.status = Status::ok;
  record.work = {1e6, 5e4, 5e4};
  for (const double share : shares) {
    Launch launch;
    const double ns = 1e3 / share;  // 1e6 FLOP in 1 us is 1e12 FLOP/s
    launch.samples_ns = {ns * 0.99, ns, ns * 1.01};
    launch.ceilings.alu = {"f32.fma", "onednn:0", {0.98e12, 1e12, 1.02e12}, 0};
    launch.ceilings.memory = {"dram", "onednn:0", {2e11}, 0};
    record.launches.push_back(launch);
  }
  return record;
}

TEST(Efficiency, IsTheMedianOverLaunchesOfPairedRatios) {
  Record record = record_at({0.8, 0.7, 0.9});
  const Summary summary = summarise(record);
  ASSERT_TRUE(summary.alu_efficiency);
  EXPECT_NEAR(summary.alu_efficiency->median, 0.8, 1e-9);
  ASSERT_TRUE(summary.alu_efficiency->interval);
  EXPECT_LT(summary.alu_efficiency->interval->low, 0.8);
  // 1e5 bytes in 1.25 us are 8e10 of 2e11 bytes/s.
  EXPECT_NEAR(summary.bandwidth_efficiency->median, 0.4, 1e-9);
  EXPECT_EQ(summary.roof, "f32.fma");
  EXPECT_NEAR(summary.intensity, 10, 1e-9);
  // The machine halves its speed in one launch: its ceiling too, so nothing changes.
  record.launches[1].ceilings.alu->rates = {0.5e12};
  for (double& ns : record.launches[1].samples_ns) ns *= 2 * 0.7 / 0.8;
  EXPECT_NEAR(summarise(record).alu_efficiency->median, 0.8, 1e-9);
}

TEST(Efficiency, IsUnknownWithoutCeilings) {
  Record record = record_at({0.8, 0.7, 0.9});
  for (Launch& launch : record.launches) launch.ceilings = {};
  const Summary summary = summarise(record);
  EXPECT_FALSE(summary.alu_efficiency);
  EXPECT_FALSE(summary.bandwidth_efficiency);
  EXPECT_EQ(summary.roof, "");
}

TEST(AboveCeiling, NeedsTheWholeInterval) {
  EXPECT_NE(above_ceiling(record_at({1.2, 1.21, 1.19})), "");
  EXPECT_EQ(above_ceiling(record_at({1.2, 0.8, 1.3})), "");     // wide
  EXPECT_EQ(above_ceiling(record_at({1.04, 1.03, 1.04})), "");  // within what is tolerated
  EXPECT_EQ(above_ceiling(record_at({0.9, 0.9, 0.9})), "");
}

TEST(AboveCeiling, IsUncertainWhereTheIntervalIsWide) {
  EXPECT_TRUE(maybe_above_ceiling(record_at({1.2, 0.8, 1.3})));
  EXPECT_TRUE(maybe_above_ceiling(record_at({1.06})));
  EXPECT_FALSE(maybe_above_ceiling(record_at({1.2, 1.21, 1.19})));  // certain
  EXPECT_FALSE(maybe_above_ceiling(record_at({1.04, 1.03, 1.04})));
  EXPECT_FALSE(maybe_above_ceiling(record_at({0.9, 0.9, 0.9})));
}

TEST(AboveCeiling, OfMemoryIsTheHigherOfReadingAndCopying) {
  Record record = record_at({0.8, 0.8, 0.8});
  for (Launch& launch : record.launches) launch.ceilings.memory->rates = {6e10};
  EXPECT_NE(above_ceiling(record), "");  // 8e10 bytes/s
  for (Launch& launch : record.launches) {
    launch.ceilings.copy = {"dram, copy", "onednn:0", {9e10}, 0};
  }
  EXPECT_EQ(above_ceiling(record), "");
  EXPECT_FALSE(maybe_above_ceiling(record));
  // The efficiency stays that of reading.
  EXPECT_NEAR(summarise(record).bandwidth_efficiency->median, 8.0 / 6, 1e-9);
}

TEST(AboveCeiling, WithoutAnIntervalEveryLaunchMustBeAbove) {
  EXPECT_NE(above_ceiling(record_at({1.3})), "");
  EXPECT_EQ(above_ceiling(record_at({1.06})), "");  // but not its slow samples
  EXPECT_EQ(above_ceiling(record_at({1.3, 0.9})), "");
  EXPECT_NE(above_ceiling(record_at({1.3, 1.4})), "");
}

// As record_at(); the ceilings of launches with a negative share were disturbed.
Record disturbed_at(std::vector<double> shares) {
  std::vector<bool> disturbed;
  for (double& share : shares) {
    disturbed.push_back(share < 0);
    share = std::abs(share);
  }
  Record record = record_at(shares);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    record.launches[i].ceilings.alu->disturbed = disturbed[i];
  }
  return record;
}

TEST(AboveCeiling, ADisturbedCeilingConvictsNobody) {
  EXPECT_EQ(above_ceiling(disturbed_at({-1.2, -1.21, -1.19})), "");
  EXPECT_EQ(above_ceiling(disturbed_at({-1.2, 1.21, 1.19})), "");  // two are too few
  EXPECT_NE(above_ceiling(disturbed_at({-1.2, 1.2, 1.21, 1.19})), "");
  EXPECT_EQ(above_ceiling(disturbed_at({-1.3})), "");
  EXPECT_TRUE(maybe_above_ceiling(disturbed_at({-1.2, -1.21, -1.19})));
  EXPECT_TRUE(maybe_above_ceiling(disturbed_at({-1.2, 1.21, 1.19})));
  // Of memory it's another question.
  Record record = disturbed_at({-1.2, -1.21, -1.19});
  for (Launch& launch : record.launches) launch.ceilings.memory->rates = {6e10};
  EXPECT_NE(above_ceiling(record), "");
}

TEST(AboveCeiling, CopyingDoesntStandForReadingThatWasDisturbed) {
  Record record = record_at({0.8, 0.8, 0.8});  // 8e10 bytes/s
  for (Launch& launch : record.launches) {
    launch.ceilings.memory->rates = {6e10};
    launch.ceilings.copy = {"dram, copy", "onednn:0", {7e10}, 0};
  }
  EXPECT_NE(above_ceiling(record), "");
  for (Launch& launch : record.launches) launch.ceilings.memory->disturbed = true;
  EXPECT_EQ(above_ceiling(record), "");
  EXPECT_TRUE(ceilings_disturbed(record));
}

TEST(AboveCeiling, ADisturbedCeilingMayAcquit) {
  EXPECT_EQ(above_ceiling(disturbed_at({-0.9, -0.95, 1.25})), "");
  EXPECT_EQ(above_ceiling(disturbed_at({-0.9, 1.2, 1.2, 1.21})), "");
}

TEST(AboveCeiling, ADisturbedLaunchNeedsOthers) {
  EXPECT_TRUE(needs_proof(disturbed_at({-1.3})));
  EXPECT_FALSE(needs_proof(disturbed_at({-0.9})));
  EXPECT_FALSE(needs_proof(disturbed_at({-1.3, -1.3, -1.3})));
}

TEST(Efficiency, IsTakenFromUndisturbedLaunchesWhereThereAreAny) {
  EXPECT_NEAR(summarise(disturbed_at({-0.9, 0.7, 0.8})).alu_efficiency->median, 0.75, 1e-9);
  EXPECT_FALSE(ceilings_disturbed(disturbed_at({-0.9, 0.7, 0.8})));
  EXPECT_NEAR(summarise(disturbed_at({-0.9, -0.7, -0.8})).alu_efficiency->median, 0.8, 1e-9);
  EXPECT_TRUE(ceilings_disturbed(disturbed_at({-0.9, -0.7, -0.8})));
  EXPECT_FALSE(summarise(disturbed_at({-1.2, -1.1, -1.3})).alu_efficiency);
}

TEST(AboveCeiling, FewLaunchesNeedProof) {
  EXPECT_TRUE(needs_proof(record_at({1.3})));
  EXPECT_TRUE(needs_proof(record_at({1.3, 1.4})));
  EXPECT_TRUE(needs_proof(record_at({1.3, 0.9})));
  EXPECT_FALSE(needs_proof(record_at({1.0, 0.9})));
  EXPECT_FALSE(needs_proof(record_at({1.06})));             // may be, is labelled
  EXPECT_FALSE(needs_proof(record_at({1.2, 1.21, 1.19})));  // have it
  EXPECT_FALSE(needs_proof(record_at({0.9})));
}

}  // namespace
}  // namespace assay
