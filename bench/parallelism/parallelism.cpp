#include "bench/parallelism/parallelism.hpp"

#include <algorithm>

#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int rounds = 5;
constexpr std::int64_t transfer_bytes = std::int64_t{64} << 20U;

std::optional<double> observed_clock(Meter& meter, const KnownDevice& device) {
  if (!device.info.cpu) return std::nullopt;
  const Problem problem = clock_probe();
  const Meter::Added added = meter.add(problem);
  if (!added.index) return std::nullopt;
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    best = std::max(best, kernel_of(problem).work(problem).flops / meter.sample(*added.index));
  }
  const bool right = meter.check(*added.index).empty();
  meter.remove(*added.index);
  return right ? std::optional(best) : std::nullopt;
}

double dispatch_latency(Meter& meter) {
  const Meter::Added added = meter.add(
      make_problem(*find_kernel("stream"), {{"op", "copy"}, {"bytes", "1024"}, {"cache", "hot"}}));
  if (!added.index) return 0;
  const double seconds = meter.single_call(*added.index);
  meter.remove(*added.index);
  return seconds;
}

}  // namespace

const Sweep* DeviceParallelism::find(const std::string& variable, bool memory) const {
  const auto found = std::ranges::find_if(sweeps, [&](const Sweep& each) {
    return each.variable == variable && each.memory == memory;
  });
  return found == sweeps.end() ? nullptr : &*found;
}

double DeviceParallelism::most(const std::string& variable, bool memory) const {
  const Sweep* const sweep = find(variable, memory);
  double most = 0;
  if (sweep != nullptr) {
    for (const CurvePoint& each : sweep->curve()) most = std::max(most, each.y);
  }
  return most;
}

void measure_parallelism(Meter& meter, const KnownDevice& device,
                         const std::function<void(const std::string&)>& progress,
                         DeviceParallelism& result) {
  result.device = device.id();
  result.device_name = device.info.name;
  result.hardware = device.info.hardware;
  result.cpu = device.info.cpu;
  result.compute_units = device.info.compute_units;
  Losses losses;
  const auto guarded = [&](const std::string& what, const auto& action) {
    try {
      action();
    } catch (const WorkerFailure& failure) {
      result.lost.push_back(what + ": " + losses.survive(meter, failure));
    }
  };
  guarded("clock", [&] { result.clock_hz = observed_clock(meter, device); });
  result.sweeps = plan_sweeps(device);
  for (Sweep& sweep : result.sweeps) {
    progress(sweep.variable + ", " + sweep.what);
    measure_sweep(meter, sweep, rounds, losses);
  }
  progress("dispatch and copies");
  guarded("dispatch of a call", [&] { result.dispatch_s = dispatch_latency(meter); });
  guarded("copies", [&] { result.transfer = meter.transfer(transfer_bytes); });
}

}  // namespace assay
