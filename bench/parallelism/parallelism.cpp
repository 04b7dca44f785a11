#include "bench/parallelism/parallelism.hpp"

#include <algorithm>
#include <array>

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

struct Group {
  std::string name;
  std::vector<std::int64_t> sizes;
  std::function<Problem(std::int64_t)> problem;
};

Problem matmul(std::int64_t m, std::int64_t n, std::int64_t k) {
  return make_problem(*find_kernel("matmul"), {{"dtype", "f32"},
                                               {"m", std::to_string(m)},
                                               {"n", std::to_string(n)},
                                               {"k", std::to_string(k)},
                                               {"cache", "hot"}});
}

std::vector<Group> contest_groups() {
  return {{"matmul f32, m = n = k",
           {32, 64, 128, 256, 512, 1024, 2048},
           [](std::int64_t size) { return matmul(size, size, size); }},
          {"decode f32, rows of a 4096 x 4096 layer",
           {1, 2, 4, 8, 16, 32, 64, 128},
           [](std::int64_t rows) { return matmul(rows, 4096, 4096); }}};
}

// Seconds a call, or 0 and why not.
double time_of(Meter& meter, const Problem& problem, std::string& reason) {
  const Meter::Added added = meter.add(problem);
  if (!added.index) {
    reason = added.reason;
    return 0;
  }
  std::vector<double> seconds;
  for (int round = 0; round < 3; ++round) seconds.push_back(meter.sample(*added.index));
  std::string wrong = meter.check(*added.index);
  meter.remove(*added.index);
  if (wrong.empty()) return median(seconds);
  reason = "wrong: " + wrong;
  return 0;
}

// New in every call: activations in, the output out. Weights stay.
double moved_bytes(const Problem& problem, Role role) {
  double bytes = 0;
  for (const TensorSpec& tensor : problem.tensors) {
    if (tensor.role == role) bytes += static_cast<double>(tensor.bytes());
  }
  return bytes;
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

DeviceParallelism measure_parallelism(Meter& meter, const KnownDevice& device,
                                      const std::function<void(const std::string&)>& progress) {
  DeviceParallelism result;
  result.device = device.id();
  result.device_name = device.info.name;
  result.hardware = device.info.hardware;
  result.cpu = device.info.cpu;
  result.compute_units = device.info.compute_units;
  result.clock_hz = observed_clock(meter, device);
  result.sweeps = plan_sweeps(device);
  for (Sweep& sweep : result.sweeps) {
    progress(sweep.variable + ", " + sweep.what);
    measure_sweep(meter, sweep, rounds);
  }
  progress("dispatch and copies");
  result.dispatch_s = dispatch_latency(meter);
  result.transfer = meter.transfer(transfer_bytes);
  return result;
}

Comparison measure_contests(Meter& host, const DeviceParallelism& host_device, Meter& accelerator,
                            const DeviceParallelism& accelerator_device,
                            const std::function<void(const std::string&)>& progress) {
  Comparison comparison{host_device.device, accelerator_device.device, {}};
  const Meter::Rates rates = accelerator_device.transfer;
  for (const Group& group : contest_groups()) {
    for (const std::int64_t size : group.sizes) {
      progress(group.name + ": " + std::to_string(size));
      const Problem problem = group.problem(size);
      Contest contest;
      contest.group = group.name;
      contest.size = static_cast<double>(size);
      contest.host_s = time_of(host, problem, contest.reason);
      contest.accelerator_s = time_of(accelerator, problem, contest.reason);
      if (rates.to_device > 0 && rates.from_device > 0) {
        contest.transfer_s = moved_bytes(problem, Role::activation) / rates.to_device +
                             moved_bytes(problem, Role::output) / rates.from_device;
      }
      comparison.contests.push_back(std::move(contest));
    }
  }
  return comparison;
}

std::optional<double> wins_from(const Comparison& comparison, const std::string& group,
                                bool with_transfers) {
  std::vector<const Contest*> contests;
  for (const Contest& each : comparison.contests) {
    if (each.group == group && each.host_s > 0 && each.accelerator_s > 0) contests.push_back(&each);
  }
  std::ranges::sort(contests, {}, [](const Contest* each) { return each->size; });
  std::optional<double> from;
  for (const Contest* each : contests) {
    const double seconds = each->accelerator_s + (with_transfers ? each->transfer_s : 0);
    if (seconds >= each->host_s) {
      from.reset();
    } else if (!from) {
      from = each->size;
    }
  }
  return from;
}

}  // namespace assay
