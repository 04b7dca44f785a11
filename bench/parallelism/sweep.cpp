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

Problem read_memory(std::int64_t bytes, std::int64_t units, std::int64_t items) {
  return make_problem(
      *find_kernel("stream"),
      {{"op", "read"}, {"bytes", text(bytes)}, {"units", text(units)}, {"items", text(items)}});
}

// Widths differ between processors: the widest that the device has is found by asking for each.
void widen(std::vector<Sweep>& sweeps, Sweep sweep, const Layout& layout, bool cpu) {
  for (const std::int64_t width : widths) {
    Layout point = layout;
    point.width = width;
    sweep.points.push_back({static_cast<double>(width), chains(point, cpu), "", {}, ""});
  }
  sweeps.push_back(std::move(sweep));
}

// Occupancy of a processor's thread: the chains that it has to choose from. It has no work-items.
Sweep chains_of_all_threads(std::int64_t units) {
  Sweep sweep{"items", false, "f32.fma in registers, all threads", {}};
  for (const std::int64_t count : accumulator_counts) {
    const Layout point{units, 1, count, 0, false};
    sweep.points.push_back({static_cast<double>(count), chains(point, true), "", {}, ""});
  }
  return sweep;
}

double amount(const Sweep& sweep, const Problem& problem) {
  const Work work = kernel_of(problem).work(problem);
  const bool bytes = sweep.memory && problem.kernel == "stream";
  return bytes ? work.bytes_read + work.bytes_written : work.flops;
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
  }
  return {counts.begin(), counts.end()};
}

std::vector<Sweep> plan_sweeps(const KnownDevice& device) {
  const bool cpu = device.info.cpu;
  const std::int64_t items = cpu ? 1 : 32;
  const std::string one = cpu ? "one thread" : "one work-group of 32";
  std::vector<Sweep> sweeps;
  for (const bool loads : {false, true}) {
    Sweep sweep{"accumulators",
                loads,
                std::string(loads ? "f32.fma with loads, " : "f32.fma in registers, ") + one,
                {}};
    for (const std::int64_t count : accumulator_counts) {
      const Layout point{1, items, count, 0, loads};
      sweep.points.push_back({static_cast<double>(count), chains(point, cpu), "", {}, ""});
    }
    sweeps.push_back(std::move(sweep));
  }
  for (const bool loads : {false, true}) {
    widen(sweeps,
          {"width",
           loads,
           std::string(loads ? "f32.fma with loads, " : "f32.fma in registers, ") + one,
           {}},
          {1, items, 0, 1, loads}, cpu);
  }
  Sweep alu{"units", false, "f32.fma in registers", {}};
  Sweep memory{"units", true, "reading memory", {}};
  for (const std::int64_t units : unit_counts(device.info.compute_units)) {
    const Layout point{units, cpu ? 1 : 256, 0, 0, false};
    alu.points.push_back({static_cast<double>(units), chains(point, cpu), "", {}, ""});
    memory.points.push_back({static_cast<double>(units),
                             read_memory(dram_bytes(device.info), units, cpu ? 0 : 256),
                             "",
                             {},
                             ""});
  }
  sweeps.push_back(std::move(alu));
  sweeps.push_back(std::move(memory));
  const std::int64_t units = units_of(device.info.compute_units);
  if (cpu) {
    sweeps.push_back(chains_of_all_threads(units));
    return sweeps;
  }
  Sweep busy{"items", false, "f32.fma, one chain a work-item, all compute units", {}};
  Sweep busy_memory{"items", true, "reading memory, all compute units", {}};
  for (std::int64_t count = 1; count <= 1024; count *= 2) {
    const Layout point{units, count, 1, 1, false};
    busy.points.push_back({static_cast<double>(count), chains(point, cpu), "", {}, ""});
    // Each of these takes a few times the last-level cache.
    if (count > 1 && count != 4 && count != 16 && count != 64 && count != 256) continue;
    busy_memory.points.push_back({static_cast<double>(count),
                                  read_memory(dram_bytes(device.info), units, count),
                                  "",
                                  {},
                                  ""});
  }
  sweeps.push_back(std::move(busy));
  sweeps.push_back(std::move(busy_memory));
  return sweeps;
}

namespace {

void measure_points(Meter& meter, const Sweep& sweep, std::span<SweepPoint> points, int rounds,
                    Losses& losses) {
  std::vector<Turn> turns;
  for (const SweepPoint& each : points) turns.push_back({&each.problem, "", {}, ""});
  measure_in_turns(meter, turns, rounds, losses);
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
