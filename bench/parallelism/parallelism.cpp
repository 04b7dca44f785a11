#include "bench/parallelism/parallelism.hpp"

#include <algorithm>

#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int rounds = 5;
constexpr std::int64_t transfer_bytes = std::int64_t{64} << 20U;

using Lost = std::vector<std::string>;

// Whether the figure counts; why not is told.
bool is_right(Meter& meter, const std::string& what, std::size_t index, Lost& lost) {
  const std::string wrong = meter.check(index);
  if (!wrong.empty()) lost.push_back(what + ": wrong: " + wrong);
  return wrong.empty();
}

void note_wrong(const std::string& what, const Meter::Added& added, Lost& lost) {
  if (added.reason.starts_with("wrong")) lost.push_back(what + ": " + added.reason);
}

std::optional<double> observed_clock(Meter& meter, const KnownDevice& device, Lost& lost) {
  if (!device.info.cpu) return std::nullopt;
  const Problem problem = clock_probe();
  const Meter::Added added = meter.add(problem);
  note_wrong("clock", added, lost);
  if (!added.index) return std::nullopt;
  double best = 0;
  for (int round = 0; round < rounds; ++round) {
    best = std::max(best, kernel_of(problem).work(problem).flops / meter.sample(*added.index));
  }
  const bool right = is_right(meter, "clock", *added.index, lost);
  meter.remove(*added.index);
  return right ? std::optional(best) : std::nullopt;
}

double dispatch_latency(Meter& meter, Lost& lost) {
  const Meter::Added added = meter.add(
      make_problem(*find_kernel("stream"), {{"op", "copy"}, {"bytes", "1024"}, {"cache", "hot"}}));
  note_wrong("dispatch of a call", added, lost);
  if (!added.index) return 0;
  const double seconds = meter.single_call(*added.index);
  (void)meter.sample(*added.index);  // only what was timed can be checked
  const bool right = is_right(meter, "dispatch of a call", *added.index, lost);
  meter.remove(*added.index);
  return right ? seconds : 0;
}

}  // namespace

const Sweep* DeviceParallelism::find(const std::string& variable, SweepBound bound) const {
  const auto found = std::ranges::find_if(
      sweeps, [&](const Sweep& each) { return each.variable == variable && each.bound == bound; });
  return found == sweeps.end() ? nullptr : &*found;
}

double DeviceParallelism::most(const std::string& variable, SweepBound bound) const {
  const Sweep* const sweep = find(variable, bound);
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
  result.reported_hz = reported_hertz(device.info);
  Losses losses;
  const auto guarded = [&](const std::string& what, const auto& action) {
    try {
      action();
    } catch (const WorkerFailure& failure) {
      result.lost.push_back(what + ": " + losses.survive(meter, failure));
    }
  };
  guarded("clock", [&] { result.clock_hz = observed_clock(meter, device, result.lost); });
  result.sweeps = plan_sweeps(device);
  for (Sweep& sweep : result.sweeps) {
    progress(sweep.variable + ", " + sweep.what);
    measure_sweep(meter, sweep, rounds, losses);
  }
  progress("dispatch and copies");
  guarded("dispatch of a call", [&] { result.dispatch_s = dispatch_latency(meter, result.lost); });
  guarded("copies", [&] { result.transfer = meter.transfer(transfer_bytes); });
}

}  // namespace assay
