// Ceilings keep to their limits of time, however slow the device: on simulated clocks.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "bench/ceilings/ceilings.hpp"
#include "bench/ceilings/schedule.hpp"
#include "bench/ceilings/turns.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Found {
  DeviceCeilings ceilings;
  double took_s = 0;
};

Found measured(const SimulatedDevice& device, std::int64_t cache_bytes) {
  SimulatedMeter meter(device);
  KnownDevice known = simulated(device);
  known.info.cache_bytes = cache_bytes;
  Found found;
  measure_ceilings(meter, known, [](const std::string&) {}, found.ceilings);
  found.took_s = meter.now_s();
  return found;
}

std::size_t samples_of(const DeviceCeilings& device, Ceiling::Kind kind, const std::string& name) {
  const Ceiling* const found = device.find(kind, name);
  return found == nullptr ? 0 : found->rates.size();
}

TEST(CeilingLimits, HoldForDevicesOfAnySpeed) {
  constexpr std::int64_t mebibyte = 1 << 20;
  for (const double bandwidth : {90e9, 1e9, 0.05e9}) {
    for (const double dispatch_s : {1e-6, 1e-3, 0.05}) {
      for (const double clock_hz : {4e9, 1e8, 1e6}) {
        for (const double compile_s : {0.0, 0.3, 2.0}) {
          for (const std::int64_t cache : {16 * mebibyte, 256 * mebibyte}) {
            SimulatedDevice device;
            device.bandwidth = bandwidth;
            device.one_bandwidth = bandwidth / 4;
            device.dispatch_s = dispatch_s;
            device.clock_hz = clock_hz;
            device.compile_s = compile_s;
            device.every_path = true;
            const Found found = measured(device, cache);
            SCOPED_TRACE(testing::Message() << bandwidth << " B/s, " << dispatch_s << " s, "
                                            << clock_hz << " Hz, " << compile_s << " s, " << cache);
            EXPECT_LE(found.took_s, 20);
            EXPECT_GE(samples_of(found.ceilings, Ceiling::Kind::alu, "f32.fma"), 1U);
            for (const Ceiling& each : found.ceilings.ceilings) {
              if (each.rates.empty()) {
                EXPECT_THAT(each.reason, StartsWith(left_out)) << each.name;
              }
            }
          }
        }
      }
    }
  }
}

TEST(CeilingLimits, LeaveNothingOutOnAnOrdinaryDevice) {
  SimulatedDevice device;
  device.every_path = true;
  device.compile_s = 0.1;
  const Found found = measured(device, std::int64_t{64} << 20U);
  EXPECT_LE(found.took_s, 20);
  for (const Ceiling& each : found.ceilings.ceilings) {
    EXPECT_EQ(each.rates.size(), 7U) << each.name << each.reason;
  }
}

// As under a quota, where OpenCL's special instructions are tried out for seconds.
TEST(CeilingLimits, ASlowBeginningLeavesNothingOut) {
  SimulatedDevice device;
  device.every_path = true;
  device.first_s = 5;
  device.compile_s = 0.05;
  const Found found = measured(device, std::int64_t{16} << 20U);
  EXPECT_LE(found.took_s, 20);
  for (const Ceiling& each : found.ceilings.ceilings) {
    EXPECT_GE(each.rates.size(), 1U) << each.name << each.reason;
  }
}

TEST(CeilingLimits, SlowMemoryGetsFewerSamplesBeforeItGetsNone) {
  SimulatedDevice device;
  device.bandwidth = device.one_bandwidth = 0.5e9;
  const Found slow = measured(device, std::int64_t{64} << 20U);
  const std::size_t samples = samples_of(slow.ceilings, Ceiling::Kind::dram, "read");
  EXPECT_GE(samples, 1U);
  // Its figure is right all the same.
  EXPECT_NEAR(*slow.ceilings.find(Ceiling::Kind::dram, "read")->rate() / device.bandwidth, 1, 0.03);
  device.bandwidth = device.one_bandwidth = 0.02e9;
  const Found slower = measured(device, std::int64_t{256} << 20U);
  EXPECT_THAT(slower.ceilings.find(Ceiling::Kind::dram, "copy")->reason, HasSubstr("no time"));
  EXPECT_LE(slower.took_s, 20);
}

TEST(CeilingLimits, SlowArithmeticIsMeasuredOverFewerSteps) {
  SimulatedDevice device;
  device.clock_hz = 1e6;
  const Found found = measured(device, std::int64_t{16} << 20U);
  const Ceiling* const fma = found.ceilings.find(Ceiling::Kind::alu, "f32.fma");
  ASSERT_TRUE(fma->rate());
  EXPECT_NEAR(*fma->rate() / (8.0 * 2 * 16 * 2 * 1e6), 1, 0.03);
}

// Beside a block of cases: rounds of samples that cost `costs`, while the block's own sampling goes on
// for `block_s` seconds in turns of 10 ms. `slowness` is asked at each sample.
struct Beside {
  double spent_s = 0;
  int rounds = 0;
  std::size_t sampled = 0;  // ceilings, of all
};

template <class Slowness>
Beside beside(const std::vector<double>& costs, double block_s, const Slowness& slowness) {
  Beside result;
  const std::vector<std::size_t> kept = affordable(costs);
  result.sampled = kept.size();
  if (kept.empty()) return result;
  double round_s = 0;
  for (const std::size_t i : kept) round_s += costs[i];
  RoundBudget budget(round_s, 0.1, 1);
  const auto take = [&](double now_s) {
    double took_s = 0;
    for (const std::size_t i : kept) took_s += costs[i] * slowness(now_s + took_s);
    budget.took(took_s);
    result.spent_s += took_s;
    ++result.rounds;
  };
  for (double elapsed_s = 0; elapsed_s < block_s; elapsed_s += 0.01) {
    if (budget.due(elapsed_s)) take(elapsed_s + result.spent_s);
  }
  while (budget.due_at_end()) take(block_s + result.spent_s);
  EXPECT_DOUBLE_EQ(budget.spent_s(), result.spent_s);
  return result;
}

// 10 ms of whole calls, and a quarter before them.
double sample_cost(double call_s) {
  return call_s >= 0.01 ? call_s : 1.25 * std::ceil(0.01 / call_s) * call_s;
}

TEST(RoundBudget, NeverSpendsMoreThanItHasAtAnySpeed) {
  const auto steady = [](double) { return 1.0; };
  for (const double call_s :
       {1e-6, 1e-4, 1e-3, 0.009, 0.02, 0.1, 0.14, 0.2, 0.29, 0.31, 1.0, 60.0}) {
    for (const std::size_t ceilings : {1U, 2U, 3U, 8U, 20U, 60U}) {
      for (const double block_s : {0.0, 0.02, 0.1, 1.0, 5.0}) {
        const double cost_s = sample_cost(call_s);
        const Beside found = beside(std::vector<double>(ceilings, cost_s), block_s, steady);
        SCOPED_TRACE(testing::Message() << ceilings << " of " << call_s << " in " << block_s);
        EXPECT_LE(found.spent_s, ceiling_samples_s + 1e-9);
        // No more is left out than must be.
        if (found.sampled < ceilings) {
          EXPECT_GT(static_cast<double>(found.sampled + 1) * cost_s, ceiling_samples_s - 1e-9);
        }
        EXPECT_EQ(found.rounds > 0, found.sampled > 0);
        if (2 * cost_s * static_cast<double>(ceilings) <= ceiling_samples_s) {
          EXPECT_GE(found.rounds, 2);
        }
        EXPECT_LE(found.rounds, 10);
      }
    }
  }
}

TEST(RoundBudget, LeavesTheDearestOut) {
  // A memory of 1 GB/s, whose array of 256 MiB is copied.
  const std::vector<double> costs = {0.0125, 0.27, 0.54, 0.0125};
  EXPECT_THAT(affordable(costs), ElementsAre(0, 1, 3));
  EXPECT_THAT(affordable(std::vector<double>{0.31}), IsEmpty());
  EXPECT_THAT(affordable(std::vector<double>{0.3}), ElementsAre(0));
}

TEST(RoundBudget, AMachineThatSlowsDownCostsNoMoreThanTheRoundItIsSeenIn) {
  for (const double from_s : {0.0, 0.02, 0.5}) {
    for (const std::size_t ceilings : {1U, 4U, 8U}) {
      const auto halved = [&](double now_s) { return now_s >= from_s ? 2.0 : 1.0; };
      const std::vector<double> costs(ceilings, 0.0125);
      const Beside found = beside(costs, 1.0, halved);
      EXPECT_LE(found.spent_s,
                ceiling_samples_s + std::accumulate(costs.begin(), costs.end(), 0.0));
      EXPECT_GE(found.rounds, 1);
    }
  }
}

TEST(RoundBudget, TakesSeveralBehindAShortBlock) {
  const auto steady = [](double) { return 1.0; };
  EXPECT_EQ(beside({0.0125}, 0.0, steady).rounds, 5);
  EXPECT_EQ(beside({0.0125}, 5.0, steady).rounds, 10);
}

TEST(RoundBudget, WithoutCeilingsIsNeverDue) {
  RoundBudget none;
  EXPECT_FALSE(none.due(0));
  EXPECT_FALSE(none.due_at_end());
}

}  // namespace
}  // namespace assay
