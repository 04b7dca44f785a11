#include "bench/ceilings/ceilings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "bench/ceilings/probes.hpp"
#include "bench/ceilings/turns.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/worker/memory.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int rounds = 7;
// Since the beginning: when one part should leave the rest of the time to the next.
constexpr double arithmetic_until_s = 0.5 * ceilings_limit_s;
constexpr double caches_until_s = 0.7 * ceilings_limit_s;
// A block of stream: what the least part of a device reads.
constexpr std::int64_t block_bytes = std::int64_t{16} << 10U;

struct Wanted {
  Ceiling ceiling;
  Problem problem;
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

void measure(Meter& meter, std::vector<Wanted>& probes, Losses& losses, TimeLimit& limit) {
  std::vector<Turn> turns;
  for (const Wanted& each : probes) turns.push_back({&each.problem, "", {}, ""});
  measure_in_turns(meter, turns, rounds, losses, limit);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    Ceiling& ceiling = probes[i].ceiling;
    ceiling.implementation = turns[i].implementation;
    ceiling.reason = turns[i].reason;
    for (const double seconds : turns[i].seconds) {
      ceiling.rates.push_back(amount(probes[i]) / seconds);
    }
  }
}

constexpr const char* one_thread = "f32.fma, 1 thread";

std::string one_thread_with(std::int64_t accumulators) {
  return fmt::format("{}, {} accumulators", one_thread, accumulators);
}

// 0 accumulators: the device's best.
Problem one_thread_probe(DeviceInfo device, std::int64_t accumulators) {
  device.compute_units = 1;
  Problem problem = alu_probe("f32.fma", device, false);
  for (auto& [key, value] : problem.integers) {
    if (key == "units") value = 1;
    if (key == "accumulators") value = accumulators;
  }
  return problem;
}

// As the device notes it down: processors run one thread a core, or as many as a quota allows.
std::int64_t threads_of(const DeviceInfo& device) {
  for (const auto& [key, value] : device.notes) {
    if (key == "threads") return std::atoll(value.c_str());
  }
  return 0;
}

// What part of their steps chains may have, so that none of their calls takes more than a tenth of a
// second: all, but on devices that are slower than any that these ceilings are of use for. Found with
// the 64th. What preparing that takes says nothing of others: it is the first, for which a device tries
// out its instructions.
double affordable_steps(Meter& meter, const KnownDevice& device, Losses& losses) {
  constexpr double pilot = 1.0 / 64;
  constexpr double call_s = 0.1;
  const Problem problem = with_steps(alu_probe("f32.fma", device.info, false), pilot);
  Turn turn{&problem, "", {}, ""};
  TimeLimit limit;
  measure_in_turns(meter, std::span(&turn, 1), 1, losses, limit);
  if (turn.seconds.empty()) return 1;
  return std::min(call_s * pilot / turn.seconds.front(), 1.0);
}

std::vector<Wanted> alu_group(const KnownDevice& device, double steps) {
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
    group.push_back(wanted(Ceiling::Kind::alu, one_thread, one_thread_probe(device.info, 0)));
    // Whether the accumulators are enough: two thirds of 24 or of 12 must do nearly as well.
    for (const std::int64_t fewer : {16, 8}) {
      group.push_back(
          wanted(Ceiling::Kind::alu, one_thread_with(fewer), one_thread_probe(device.info, fewer)));
    }
    group.push_back(wanted(Ceiling::Kind::clock, "clock", clock_probe()));
  }
  for (Wanted& each : group) each.problem = with_steps(std::move(each.problem), steps);
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

void measure_ceilings(Meter& meter, const KnownDevice& device,
                      const std::function<void(const std::string&)>& progress,
                      DeviceCeilings& result) {
  result.device = device.id();
  result.device_name = device.info.name;
  result.hardware = device.info.hardware;
  result.cpu = device.info.cpu;
  result.units = device.info.compute_units;
  result.threads = threads_of(device.info);
  result.limited_to = limit_of(device.info);
  result.reported_hz = reported_hertz(device.info);
  Losses losses;
  TimeLimit limit;
  const double begin_s = meter.now_s();
  const auto take = [&](std::vector<Wanted> group, double until_s) {
    limit.set(begin_s + until_s);
    measure(meter, group, losses, limit);
    for (Wanted& each : group) result.ceilings.push_back(std::move(each.ceiling));
  };
  progress("arithmetic");
  const double steps = affordable_steps(meter, device, losses);
  take(alu_group(device, steps), arithmetic_until_s);
  progress("caches");
  std::vector<Wanted> sweep;
  const std::int64_t last = largest_cached(device.info);
  // All units take part from here on.
  const auto units =
      static_cast<std::uint64_t>(std::max<std::int64_t>(device.info.compute_units, 1));
  const auto smallest = block_bytes * static_cast<std::int64_t>(std::bit_ceil(units));
  for (std::int64_t bytes = smallest; bytes <= last; bytes *= 2) {
    sweep.push_back(wanted(Ceiling::Kind::cache, "read " + size_text(static_cast<double>(bytes)),
                           cache_probe(bytes, device.info), bytes));
  }
  take(std::move(sweep), caches_until_s);
  // Behind the caches, whose largest sets tell what these take. One after the other: each takes a few
  // times the last-level cache.
  for (const char* op : {"read", "copy", "triad", "triad_nt"}) {
    progress(std::string("memory: ") + op);
    take({wanted(Ceiling::Kind::dram, op, dram_probe(op, device.info), dram_bytes(device.info))},
         ceilings_limit_s);
  }
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

}  // namespace assay
