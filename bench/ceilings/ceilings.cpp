#include "bench/ceilings/ceilings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/worker/memory.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int rounds = 7;
// A block of stream: what the least part of a device reads.
constexpr std::int64_t block_bytes = std::int64_t{16} << 10U;

struct Wanted {
  Ceiling ceiling;
  Problem problem;
  std::optional<std::size_t> index;
};

Wanted wanted(Ceiling::Kind kind, std::string name, Problem problem, std::int64_t bytes = 0) {
  Wanted each;
  each.ceiling.kind = kind;
  each.ceiling.name = std::move(name);
  each.ceiling.bytes = bytes;
  each.problem = std::move(problem);
  return each;
}

// Of one call, in the units of its kind.
double amount(const Wanted& each) {
  const Work work = kernel_of(each.problem).work(each.problem);
  const bool alu = each.ceiling.kind == Ceiling::Kind::alu;
  const bool clock = each.ceiling.kind == Ceiling::Kind::clock;
  return alu || clock ? work.flops : work.bytes_read + work.bytes_written;
}

void measure(Meter& meter, std::vector<Wanted>& probes) {
  for (Wanted& each : probes) {
    const Meter::Added added = meter.add(each.problem);
    each.index = added.index;
    each.ceiling.reason = added.reason;
    each.ceiling.implementation = added.implementation;
  }
  for (int round = 0; round < rounds; ++round) {
    for (Wanted& each : probes) {
      if (each.index) each.ceiling.rates.push_back(amount(each) / meter.sample(*each.index));
    }
  }
  for (Wanted& each : probes) {
    if (!each.index) continue;
    if (std::string wrong = meter.check(*each.index); !wrong.empty()) {
      each.ceiling.rates.clear();
      each.ceiling.reason = "wrong: " + wrong;
    }
    meter.remove(*each.index);
  }
}

std::vector<Wanted> alu_group(const KnownDevice& device) {
  std::vector<Wanted> group;
  for (const std::string_view path : alu_paths()) {
    const std::string name(path);
    group.push_back(wanted(Ceiling::Kind::alu, name, alu_probe(path, device.info, false)));
    if (!path.ends_with("matrix")) {
      group.push_back(
          wanted(Ceiling::Kind::alu, name + " + loads", alu_probe(path, device.info, true)));
    }
  }
  if (device.info.cpu) {
    DeviceInfo one = device.info;
    one.compute_units = 1;
    Problem problem = alu_probe("f32.fma", one, false);
    for (auto& [key, value] : problem.integers) {
      if (key == "units") value = 1;
    }
    group.push_back(wanted(Ceiling::Kind::alu, "f32.fma, 1 thread", std::move(problem)));
    group.push_back(wanted(Ceiling::Kind::clock, "clock", clock_probe()));
  }
  return group;
}

}  // namespace

std::optional<double> Ceiling::rate() const {
  if (rates.empty()) return std::nullopt;
  return std::ranges::max(rates);
}

std::optional<double> Ceiling::median_rate() const {
  if (rates.empty()) return std::nullopt;
  return median(rates);
}

const Ceiling* DeviceCeilings::find(Ceiling::Kind kind, const std::string& name) const {
  const auto found = std::ranges::find_if(
      ceilings, [&](const Ceiling& each) { return each.kind == kind && each.name == name; });
  return found == ceilings.end() ? nullptr : &*found;
}

DeviceCeilings measure_ceilings(Meter& meter, const KnownDevice& device,
                                const std::function<void(const std::string&)>& progress) {
  DeviceCeilings result;
  result.device = device.id();
  result.device_name = device.info.name;
  result.hardware = device.info.hardware;
  result.cpu = device.info.cpu;
  result.units = device.info.compute_units;
  const auto take = [&](std::vector<Wanted> group) {
    measure(meter, group);
    for (Wanted& each : group) result.ceilings.push_back(std::move(each.ceiling));
  };
  progress("arithmetic");
  take(alu_group(device));
  // One after the other: each takes a few times the last-level cache.
  for (const char* op : {"read", "copy", "triad", "triad_nt"}) {
    progress(std::string("memory: ") + op);
    take({wanted(Ceiling::Kind::dram, op, dram_probe(op, device.info), dram_bytes(device.info))});
  }
  progress("caches");
  std::vector<Wanted> sweep;
  const std::int64_t last = largest_cached(device.info);
  // All units take part from here on.
  const auto units =
      static_cast<std::uint64_t>(std::max<std::int64_t>(device.info.compute_units, 1));
  const auto smallest = block_bytes * static_cast<std::int64_t>(std::bit_ceil(units));
  for (std::int64_t bytes = smallest; bytes <= last; bytes *= 2) {
    sweep.push_back(wanted(Ceiling::Kind::cache, "read " + size_text(static_cast<double>(bytes)),
                           cache_probe(bytes), bytes));
  }
  take(std::move(sweep));
  return result;
}

std::vector<DeviceCeilings> by_hardware(const std::vector<DeviceCeilings>& devices) {
  std::vector<DeviceCeilings> merged;
  for (const DeviceCeilings& device : devices) {
    const auto found = std::ranges::find(merged, device.hardware, &DeviceCeilings::hardware);
    if (found == merged.end()) {
      merged.push_back(device);
      continue;
    }
    for (const Ceiling& each : device.ceilings) {
      const auto same = std::ranges::find_if(found->ceilings, [&](const Ceiling& other) {
        return other.kind == each.kind && other.name == each.name;
      });
      if (same == found->ceilings.end()) {
        found->ceilings.push_back(each);
      } else if (each.rate().value_or(0) > same->rate().value_or(0)) {
        *same = each;
      }
    }
  }
  return merged;
}

std::vector<std::string> plausibility(const DeviceCeilings& device) {
  const Ceiling* const clock = device.find(Ceiling::Kind::clock, "clock");
  const Ceiling* const one = device.find(Ceiling::Kind::alu, "f32.fma, 1 thread");
  const Ceiling* const all = device.find(Ceiling::Kind::alu, "f32.fma");
  const bool known = clock != nullptr && one != nullptr && all != nullptr && clock->rate() &&
                     one->rate() && all->rate();
  if (!known) return {"units x lanes x 2 x clock: not known here"};
  // "chains_24x16:avx512": the vector's elements.
  const std::size_t cross = one->implementation.find('x');
  const double width =
      cross == std::string::npos ? 0 : std::atof(one->implementation.c_str() + cross + 1);
  if (!(width > 0)) return {"units x lanes x 2 x clock: the lanes aren't known"};
  const double hertz = *clock->rate();
  const double per_cycle = *one->rate() / (2 * width * hertz);
  const double pipes = std::max(std::round(per_cycle), 1.0);
  std::vector<std::string> lines;
  lines.push_back(fmt::format(
      "one thread: {:.2f} vector multiply-adds of {:.0f} elements a cycle at {:.2f} GHz observed",
      per_cycle, width, hertz * 1e-9));
  if (std::abs(per_cycle - pipes) > 0.1 * pipes) {
    lines.push_back(
        fmt::format("mismatch: {:.2f} a cycle is no whole number of pipes; the chain or the clock "
                    "was disturbed",
                    per_cycle));
  }
  const auto units = static_cast<double>(device.units);
  const double expected = units * width * pipes * 2 * hertz;
  const double share = *all->rate() / expected;
  lines.push_back(
      fmt::format("{} units x {:.0f} lanes x 2 x {:.2f} GHz = {:.0f} GFLOP/s; measured {:.0f}, "
                  "{:.0f} %",
                  device.units, width * pipes, hertz * 1e-9, expected * 1e-9, *all->rate() * 1e-9,
                  100 * share));
  if (share < 0.85 || share > 1.05) {
    lines.push_back(fmt::format(
        "mismatch: all {} together deliver {:.2f} times what one does: {}", device.units,
        *all->rate() / *one->rate(),
        share > 1.05 ? "the clock was disturbed while it was measured"
                     : "units that share a core's arithmetic, a lower clock when all are busy, or "
                       "others at work on this machine"));
  }
  return lines;
}

}  // namespace assay
