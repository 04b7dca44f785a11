#include "bench/parallelism/parallelism.hpp"

#include <algorithm>
#include <array>

#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int rounds = 5;
constexpr double tie = 0.97;  // a smaller difference is noise
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

// A problem on one of two devices.
struct Contestant {
  Meter& meter;
  const std::string& device;
  std::optional<std::size_t> index;
  std::vector<double> seconds;  // a call, of each sample
  double call_s = 0;
};

void prepare(Contestant& c, const Problem& problem, std::string& reason) {
  const Meter::Added added = c.meter.add(problem);
  c.index = added.index;
  if (c.index) {
    c.call_s = c.meter.single_call(*c.index);
  } else if (reason.empty()) {
    reason = c.device + ": " + added.reason;
  }
}

// Of the samples; 0, and why, where there are none or the answer is wrong.
double finish(Contestant& c, std::string& reason) {
  if (!c.index) return 0;
  const std::string wrong = c.meter.check(*c.index);
  c.meter.remove(*c.index);
  if (!wrong.empty()) {
    reason = "wrong: " + c.device + ": " + wrong;
    return 0;
  }
  return c.seconds.empty() ? 0 : median(c.seconds);
}

std::int64_t bytes_of(const Problem& problem, Role role) {
  std::size_t bytes = 0;
  for (const TensorSpec& tensor : problem.tensors) {
    if (tensor.role == role) bytes += tensor.bytes();
  }
  return static_cast<std::int64_t>(bytes);
}

// New in every call: activations in, the output out. Weights stay. Copies of just these sizes: small
// ones last as long as starting them takes.
double transfer_seconds(Meter& meter, const Problem& problem) {
  const std::int64_t in = bytes_of(problem, Role::activation);
  const std::int64_t out = bytes_of(problem, Role::output);
  double seconds = 0;
  if (in > 0) seconds += static_cast<double>(in) / meter.transfer(in).to_device;
  if (out > 0) seconds += static_cast<double>(out) / meter.transfer(out).from_device;
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
  result.clock_hz = observed_clock(meter, device);
  result.sweeps = plan_sweeps(device);
  for (Sweep& sweep : result.sweeps) {
    progress(sweep.variable + ", " + sweep.what);
    measure_sweep(meter, sweep, rounds);
  }
  progress("dispatch and copies");
  result.dispatch_s = dispatch_latency(meter);
  result.transfer = meter.transfer(transfer_bytes);
}

DeviceComparison measure_contests(Meter& host, const DeviceParallelism& host_device,
                                  Meter& accelerator, const DeviceParallelism& accelerator_device,
                                  const std::function<void(const std::string&)>& progress) {
  DeviceComparison comparison{host_device.device, accelerator_device.device, {}};
  for (const Group& group : contest_groups()) {
    for (const std::int64_t size : group.sizes) {
      progress(group.name + ": " + std::to_string(size));
      const Problem problem = group.problem(size);
      Contest contest;
      contest.group = group.name;
      contest.size = static_cast<double>(size);
      Contestant a{host, host_device.device, {}, {}, 0};
      Contestant b{accelerator, accelerator_device.device, {}, {}, 0};
      for (Contestant* each : {&a, &b}) prepare(*each, problem, contest.reason);
      for (int round = 0; a.index && b.index && round < rounds; ++round) {
        for (Contestant* each : {&a, &b}) each->seconds.push_back(each->meter.sample(*each->index));
      }
      contest.host_s = finish(a, contest.reason);
      contest.accelerator_s = finish(b, contest.reason);
      contest.host_call_s = a.call_s;
      contest.accelerator_call_s = b.call_s;
      if (contest.accelerator_s > 0) contest.transfer_s = transfer_seconds(accelerator, problem);
      comparison.contests.push_back(std::move(contest));
    }
  }
  return comparison;
}

std::optional<double> wins_from(const DeviceComparison& comparison, const std::string& group,
                                bool with_transfers) {
  std::vector<const Contest*> contests;
  for (const Contest& each : comparison.contests) {
    if (each.group == group && each.host_s > 0 && each.accelerator_s > 0) contests.push_back(&each);
  }
  std::ranges::sort(contests, {}, [](const Contest* each) { return each->size; });
  std::optional<double> from;
  for (const Contest* each : contests) {
    const double seconds =
        with_transfers ? each->accelerator_call_s + each->transfer_s : each->accelerator_s;
    const double hosts = with_transfers ? each->host_call_s : each->host_s;
    if (seconds >= tie * hosts) {
      from.reset();
    } else if (!from) {
      from = each->size;
    }
  }
  return from;
}

}  // namespace assay
