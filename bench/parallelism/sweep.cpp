#include "bench/parallelism/sweep.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr std::array<std::int64_t, 12> accumulator_counts = {1, 2,  3,  4,  5,  6,
                                                             8, 10, 12, 16, 20, 24};
// Of places of memory that a thread, or sums that a work-item, reads at the same time.
constexpr std::array<std::int64_t, 4> place_counts = {1, 2, 4, 8};
constexpr std::array<std::int64_t, 5> widths = {1, 2, 4, 8, 16};

// How the chains of a sweep are laid out; 0: the device's best.
struct Layout {
  std::int64_t units = 1, items = 1, accumulators = 0, width = 0;
  bool loads = false;
  // A multiple of what a thread, or a work-item of an accelerator, advances at the same time.
  [[nodiscard]] std::int64_t each(bool cpu) const {
    return (accumulators == 0 ? (cpu ? 24 : 12) : accumulators) *
           (width == 0 ? (cpu ? 16 : 1) : width);
  }
};

// Each work-item advances several blocks of chains, so that starting the call doesn't show; fewer
// where their number would be more than a key holds.
constexpr std::int64_t blocks = 8;
constexpr std::int64_t most_key = (std::int64_t{1} << 31U) - 1;
// More compute units than any sweep is of use for: one of its points would take a minute.
constexpr std::int64_t most_units = 4096;

// Of tensors that points taken in turns hold at the same time.
constexpr std::size_t most_prepared = std::size_t{2} << 30U;

std::int64_t units_of(std::int64_t compute_units) {
  return std::clamp<std::int64_t>(compute_units, 1, most_units);
}

std::string text(std::int64_t value) { return std::to_string(value); }

Problem chains(const Layout& layout, bool cpu) {
  const std::int64_t block = layout.units * layout.items * layout.each(cpu);
  Parameters keys = {
      {"dtype", "f32"},
      {"path", "fma"},
      {"chains", text(block * std::clamp<std::int64_t>(most_key / block, 1, blocks))},
      {"steps", cpu ? "32768" : "8192"},
      {"units", text(layout.units)},
      {"items", text(layout.items)},
      {"accumulators", text(layout.accumulators)},
      {"width", text(layout.width)}};
  if (layout.loads) keys.emplace_back("loads", "1");
  return make_problem(*find_kernel("alu"), keys);
}

// `layout` without loads.
Problem read_memory(const DeviceInfo& device, const Layout& layout) {
  return make_problem(*find_kernel("stream"), {{"op", "read"},
                                               {"bytes", text(dram_bytes(device))},
                                               {"units", text(layout.units)},
                                               {"items", text(layout.items)},
                                               {"accumulators", text(layout.accumulators)},
                                               {"width", text(layout.width)}});
}

SweepPoint point_at(std::int64_t x, Problem problem) {
  return {static_cast<double>(x), std::move(problem), "", {}, ""};
}

// (a) On one thread; on an accelerator on one work-group, which reads memory too slowly to tell
// anything: there every unit has one.
void add_accumulators(const DeviceInfo& device, std::int64_t units, std::vector<Sweep>& sweeps) {
  const std::int64_t items = device.cpu ? 1 : 32;
  const std::string one = device.cpu ? "one thread" : "one work-group of 32";
  for (const bool loads : {false, true}) {
    Sweep sweep{"accumulators",
                loads ? SweepBound::first_cache : SweepBound::arithmetic,
                std::string(loads ? "f32.fma with loads, " : "f32.fma in registers, ") + one,
                {}};
    for (const std::int64_t count : accumulator_counts) {
      sweep.points.push_back(point_at(count, chains({1, items, count, 0, loads}, device.cpu)));
    }
    sweeps.push_back(std::move(sweep));
  }
  Sweep memory{
      "accumulators",
      SweepBound::memory,
      device.cpu ? "reading memory, one thread" : "reading memory, a work-group of 32 a unit",
      {}};
  for (const std::int64_t count : place_counts) {
    const Layout layout{device.cpu ? 1 : units, items, count, 0, false};
    memory.points.push_back(point_at(count, read_memory(device, layout)));
  }
  sweeps.push_back(std::move(memory));
}

// (b) Widths differ between processors: the widest that the device has is found by asking for each.
void add_widths(const DeviceInfo& device, std::int64_t units, std::vector<Sweep>& sweeps) {
  const std::int64_t items = device.cpu ? 1 : 32;
  const std::string one = device.cpu ? "one thread" : "one work-group of 32";
  Sweep registers{"width", SweepBound::arithmetic, "f32.fma in registers, " + one, {}};
  Sweep loads{"width", SweepBound::first_cache, "f32.fma with loads, " + one, {}};
  Sweep memory{
      "width",
      SweepBound::memory,
      device.cpu ? "reading memory, one thread" : "reading memory, a work-group of 32 a unit",
      {}};
  for (const std::int64_t width : widths) {
    registers.points.push_back(point_at(width, chains({1, items, 0, width, false}, device.cpu)));
    loads.points.push_back(point_at(width, chains({1, items, 0, width, true}, device.cpu)));
    const Layout layout{device.cpu ? 1 : units, items, 0, width, false};
    memory.points.push_back(point_at(width, read_memory(device, layout)));
  }
  for (Sweep* const each : {&registers, &loads, &memory}) sweeps.push_back(std::move(*each));
}

// (c)
void add_units(const DeviceInfo& device, std::vector<Sweep>& sweeps) {
  Sweep alu{"units", SweepBound::arithmetic, "f32.fma in registers", {}};
  Sweep memory{"units", SweepBound::memory, "reading memory", {}};
  for (const std::int64_t units : unit_counts(device.compute_units)) {
    const std::int64_t items = device.cpu ? 1 : 256;
    alu.points.push_back(point_at(units, chains({units, items, 0, 0, false}, device.cpu)));
    memory.points.push_back(point_at(units, read_memory(device, {units, items, 0, 0, false})));
  }
  sweeps.push_back(std::move(alu));
  sweeps.push_back(std::move(memory));
}

// (d) Of a processor's threads: what each has to choose from. It has no work-items.
void add_occupancy_of_threads(const DeviceInfo& device, std::int64_t units,
                              std::vector<Sweep>& sweeps) {
  Sweep alu{"items", SweepBound::arithmetic, "f32.fma in registers, all threads", {}};
  for (const std::int64_t count : accumulator_counts) {
    alu.points.push_back(point_at(count, chains({units, 1, count, 0, false}, true)));
  }
  Sweep memory{"items", SweepBound::memory, "reading memory, all threads", {}};
  for (const std::int64_t count : place_counts) {
    memory.points.push_back(point_at(count, read_memory(device, {units, 1, count, 0, false})));
  }
  sweeps.push_back(std::move(alu));
  sweeps.push_back(std::move(memory));
}

void add_occupancy(const DeviceInfo& device, std::int64_t units, std::vector<Sweep>& sweeps) {
  Sweep alu{
      "items", SweepBound::arithmetic, "f32.fma, one chain a work-item, all compute units", {}};
  Sweep memory{"items", SweepBound::memory, "reading memory, all compute units", {}};
  for (std::int64_t count = 1; count <= 1024; count *= 2) {
    alu.points.push_back(point_at(count, chains({units, count, 1, 1, false}, false)));
    // Each of these takes a few times the last-level cache.
    if (count > 1 && count != 4 && count != 16 && count != 64 && count != 256) continue;
    memory.points.push_back(point_at(count, read_memory(device, {units, count, 0, 0, false})));
  }
  sweeps.push_back(std::move(alu));
  sweeps.push_back(std::move(memory));
}

double amount(const Sweep& sweep, const Problem& problem) {
  const Work work = kernel_of(problem).work(problem);
  return sweep.bound == SweepBound::memory ? work.bytes_read + work.bytes_written : work.flops;
}

}  // namespace

std::vector<CurvePoint> Sweep::curve() const {
  std::vector<CurvePoint> curve;
  for (const SweepPoint& each : points) {
    if (!each.rates.empty()) curve.push_back({each.x, median(each.rates)});
  }
  return curve;
}

std::vector<std::int64_t> unit_counts(std::int64_t compute_units) {
  const std::int64_t units = units_of(compute_units);
  std::set<std::int64_t> counts = {1, units, 2 * units, 3 * units, 4 * units};
  if (units <= 8) {
    for (std::int64_t i = 1; i <= units; ++i) counts.insert(i);
    counts.insert(units + (units + 1) / 2);
  } else {
    for (std::int64_t i = 2; i < units; i *= 2) counts.insert(i);
    counts.insert(3 * units / 4);
    counts.insert(units - 1);  // that may be a power of two already, and a law needs six
  }
  return {counts.begin(), counts.end()};
}

std::vector<Sweep> plan_sweeps(const KnownDevice& device) {
  const std::int64_t units = units_of(device.info.compute_units);
  std::vector<Sweep> sweeps;
  add_accumulators(device.info, units, sweeps);
  add_widths(device.info, units, sweeps);
  add_units(device.info, sweeps);
  device.info.cpu ? add_occupancy_of_threads(device.info, units, sweeps)
                  : add_occupancy(device.info, units, sweeps);
  return sweeps;
}

namespace {

void measure_points(Meter& meter, const Sweep& sweep, std::span<SweepPoint> points, int rounds,
                    Losses& losses) {
  std::vector<Turn> turns;
  for (const SweepPoint& each : points) turns.push_back({&each.problem, "", {}, ""});
  TimeLimit none;
  measure_in_turns(meter, turns, rounds, losses, none);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].implementation = turns[i].implementation;
    points[i].reason = turns[i].reason;
    for (const double seconds : turns[i].seconds) {
      points[i].rates.push_back(amount(sweep, points[i].problem) / seconds);
    }
  }
}

}  // namespace

void measure_sweep(Meter& meter, Sweep& sweep, int rounds, Losses& losses) {
  const std::span<SweepPoint> points(sweep.points);
  for (std::size_t first = 0; first < points.size();) {
    std::size_t count = 1;
    std::size_t bytes = points[first].problem.bytes();
    while (first + count < points.size()) {
      bytes += points[first + count].problem.bytes();
      if (bytes > most_prepared) break;
      ++count;
    }
    measure_points(meter, sweep, points.subspan(first, count), rounds, losses);
    first += count;
  }
}

PairSpeedUps pair_speed_ups(Meter& meter, int samples) {
  PairSpeedUps result;
  std::array<std::optional<std::size_t>, 2> indices;
  std::array<double, 2> work{};
  for (const std::size_t extra : {std::size_t{0}, std::size_t{1}}) {
    Parameters keys = {{"dtype", "f32"},
                       {"path", "fma"},
                       {"chains", text(4 * 384 * static_cast<std::int64_t>(extra + 1))},
                       {"steps", "32768"},
                       {"units", text(static_cast<std::int64_t>(extra + 1))}};
    const Problem problem = make_problem(*find_kernel("alu"), keys);
    const Meter::Added added = meter.add(problem);
    indices[extra] = added.index;
    if (added.reason.starts_with("wrong")) result.wrong = added.reason;
    work[extra] = kernel_of(problem).work(problem).flops;
  }
  if (indices[0] && indices[1]) {
    for (int i = 0; i < samples; ++i) {
      // One before and one after, so that a change of clock in between falls on both.
      const double before = work[0] / meter.sample(*indices[0]);
      const double both = work[1] / meter.sample(*indices[1]);
      const double after = work[0] / meter.sample(*indices[0]);
      result.values.push_back(2 * both / (before + after));
    }
    for (const auto& index : indices) {
      if (const std::string why = meter.check(*index); !why.empty()) result.wrong = "wrong: " + why;
    }
    if (!result.wrong.empty()) result.values.clear();
  }
  for (const auto& index : indices) {
    if (index) meter.remove(*index);
  }
  return result;
}

}  // namespace assay
