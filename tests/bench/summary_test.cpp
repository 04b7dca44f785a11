#include "bench/summary.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace assay
