// What the sweeps of a device are, and what they hold of its memory.
#include "bench/parallelism/sweep.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "bench/ceilings/turns.hpp"

namespace assay {
namespace {

TEST(UnitCounts, ReachFourTimesTheUnits) {
  EXPECT_THAT(unit_counts(2), testing::ElementsAre(1, 2, 3, 4, 6, 8));
  EXPECT_EQ(unit_counts(132).back(), 528);
  EXPECT_GE(unit_counts(132).size(), 10U);
  EXPECT_EQ(unit_counts(0).front(), 1);
}

TEST(UnitCounts, EndSomewhere) {
  EXPECT_EQ(unit_counts(std::numeric_limits<std::int64_t>::max()), unit_counts(4096));
  EXPECT_EQ(unit_counts(1 << 20).back(), 4 * 4096);
}

TEST(Sweeps, OfAGpuFitIntoItsMemory) {
  KnownDevice device;
  device.info.compute_units = 132;
  device.info.cache_bytes = 50 << 20;
  for (const Sweep& sweep : plan_sweeps(device)) {
    if (sweep.bound == SweepBound::memory) continue;
    std::size_t bytes = 0;
    for (const SweepPoint& each : sweep.points) bytes += each.problem.bytes();
    EXPECT_LT(bytes, std::size_t{1} << 30U) << sweep.variable << ", " << sweep.what;
  }
}

TEST(Sweeps, AreEachBoundByArithmeticAndByMemory) {
  for (const bool cpu : {false, true}) {
    KnownDevice device;
    device.info.cpu = cpu;
    device.info.compute_units = 16;
    device.info.cache_bytes = std::int64_t{96} << 20U;
    const std::vector<Sweep> sweeps = plan_sweeps(device);
    for (const char* variable : {"accumulators", "width", "units", "items"}) {
      for (const SweepBound bound : {SweepBound::arithmetic, SweepBound::memory}) {
        const auto found = std::ranges::find_if(sweeps, [&](const Sweep& each) {
          return each.variable == variable && each.bound == bound;
        });
        ASSERT_NE(found, sweeps.end()) << variable;
        EXPECT_GE(found->points.size(), 4U);
        for (const SweepPoint& each : found->points) {
          EXPECT_EQ(each.problem.kernel, bound == SweepBound::memory ? "stream" : "alu");
          if (bound != SweepBound::memory) continue;
          // From memory, whatever the caches hold.
          EXPECT_EQ(each.problem.word("cache"), "cold");
          EXPECT_GE(each.problem.integer("bytes"), 4 * device.info.cache_bytes);
        }
      }
    }
  }
}

TEST(Sweeps, PrepareNoMoreThanTwoGibibytesAtATime) {
  class Counting final : public Meter {
   public:
    Added add(const Problem& problem) override {
      held_ += problem.bytes();
      most = std::max(most, held_);
      bytes_.push_back(problem.bytes());
      return {bytes_.size() - 1, "", "counting", 0};
    }
    double sample(std::size_t) override { return 1; }
    double single_call(std::size_t) override { return 1; }
    Rates transfer(std::int64_t) override { return {1, 1}; }
    std::string check(std::size_t) override { return {}; }
    void remove(std::size_t index) override { held_ -= bytes_.at(index); }
    std::size_t most = 0;

   private:
    std::size_t held_ = 0;
    std::vector<std::size_t> bytes_;
  };
  KnownDevice device;
  device.info.compute_units = 132;
  device.info.cache_bytes = std::int64_t{1} << 30U;  // arrays of 1 GiB
  Counting meter;
  for (Sweep& sweep : std::vector<Sweep>(plan_sweeps(device))) {
    Losses losses;
    measure_sweep(meter, sweep, 2, losses);
    for (const SweepPoint& each : sweep.points) EXPECT_EQ(each.rates.size(), 2U);
  }
  EXPECT_LE(meter.most, std::size_t{2} << 30U);
  EXPECT_GT(meter.most, std::size_t{1} << 30U);
}

TEST(Sweeps, ArePlannedForDevicesOfAnySize) {
  for (const bool cpu : {false, true}) {
    KnownDevice device;
    device.info.cpu = cpu;
    device.info.compute_units = device.info.cache_bytes = std::numeric_limits<std::int64_t>::max();
    EXPECT_FALSE(plan_sweeps(device).empty());
  }
}

}  // namespace
}  // namespace assay
