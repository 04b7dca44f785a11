// The sweeps in plain words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bench/parallelism/parallelism.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

// Elements of a vector, from "chains_24x16:avx512"; 0 if that isn't known.
double width_of(const Sweep& sweep) {
  for (const SweepPoint& each : sweep.points) {
    const std::size_t cross = each.implementation.find('x');
    if (!each.rates.empty() && cross != std::string::npos) {
      return std::atof(each.implementation.c_str() + cross + 1);
    }
  }
  return 0;
}

std::string first_reason(const Sweep& sweep) {
  for (const SweepPoint& each : sweep.points) {
    if (!each.reason.empty()) return each.reason;
  }
  return "not reached";  // interrupted
}

// "1: 100 %, 2: 98 %": throughput over that of the first point in proportion.
std::string raw_efficiencies(const std::vector<CurvePoint>& curve) {
  std::string text;
  for (const CurvePoint& each : curve) {
    const double share = each.y / each.x / (curve.front().y / curve.front().x);
    text += fmt::format("{}{:g}: {:.0f} %", text.empty() ? "" : ", ", each.x, 100 * share);
  }
  return text;
}

// "saturates at 40", or what can be said instead.
std::string saturation(const DeviceParallelism& device, const Sweep& sweep,
                       const std::vector<CurvePoint>& curve) {
  if (const auto knee = knee_of(device, sweep)) {
    return knee->saturated ? fmt::format("saturates at {:.3g}", knee->knee)
                           : fmt::format("still grew at {:g}", knee->knee);
  }
  return fmt::format("reaches 95 % of the most at {:.3g}", saturates_at(curve, 0.95).value_or(0));
}

// Every point, and where it ends.
void read_points(const DeviceParallelism& device, const Sweep& sweep, const char* variable,
                 std::vector<std::string>& lines) {
  const std::vector<CurvePoint> curve = sweep.curve();
  const std::string head = fmt::format("{}, {}: ", variable, sweep.what);
  if (curve.empty()) {
    lines.push_back(head + first_reason(sweep));
    return;
  }
  std::string text;
  for (const CurvePoint& each : curve) {
    text += fmt::format("{}{:g}: {}", text.empty() ? "" : ", ", each.x, four_digits(each.y * 1e-9));
  }
  lines.push_back(head + text + (sweep.bound == SweepBound::memory ? " GB/s; " : " GFLOP/s; ") +
                  saturation(device, sweep, curve));
}

void read_accumulators(const DeviceParallelism& device, const Sweep& sweep,
                       std::vector<std::string>& lines) {
  if (sweep.bound == SweepBound::memory) return read_points(device, sweep, "accumulators", lines);
  const std::vector<CurvePoint> curve = sweep.curve();
  const std::string head = "accumulators, " + sweep.what + ": ";
  const auto knee = knee_of(device, sweep);
  if (!knee) {
    lines.push_back(head + (curve.empty() ? first_reason(sweep) : raw_efficiencies(curve)));
    return;
  }
  std::string text = head + fmt::format("grows up to {:.1f} accumulators", knee->knee);
  if (!knee->saturated) text += " at least (it still grew at the last point)";
  const double width = width_of(sweep);
  if (device.clock_hz && device.cpu && width > 0 && knee->saturated) {
    const double step = 2 * width * *device.clock_hz;
    text += fmt::format(" = latency {:.1f} cycles x {:.2f} pipes at {:.2f} GHz", step / knee->slope,
                        knee->plateau / step, *device.clock_hz * 1e-9);
  } else {
    text += " = latency x pipes";
  }
  lines.push_back(text + fmt::format(", {} GFLOP/s", four_digits(knee->plateau * 1e-9)));
}

// How far y grows in proportion to x, within a tenth.
double linear_to(const std::vector<CurvePoint>& curve) {
  double last = curve.front().x;
  for (const CurvePoint& each : curve) {
    if (each.y < 0.9 * each.x * curve.front().y / curve.front().x) break;
    last = each.x;
  }
  return last;
}

void read_units(const DeviceParallelism& device, const Sweep& sweep,
                std::vector<std::string>& lines) {
  const std::vector<CurvePoint> curve = sweep.curve();
  const std::string what = device.cpu ? "threads" : "work-groups";
  const std::string head = what + ", " + sweep.what + ": ";
  if (curve.size() < 2) {
    lines.push_back(head + first_reason(sweep));
    return;
  }
  std::string text =
      head + fmt::format("scales linearly to {:g}, {} of {} compute units", linear_to(curve),
                         saturation(device, sweep, curve), device.compute_units);
  const auto unit =
      std::ranges::find(curve, static_cast<double>(device.compute_units), &CurvePoint::x);
  if (sweep.bound == SweepBound::arithmetic && unit != curve.end() && device.compute_units > 1 &&
      curve.front().x == 1) {
    text += fmt::format("; all {} deliver {:.2f} times one", device.compute_units,
                        unit->y / curve.front().y);
  }
  lines.push_back(text);
  if (const auto law = law_of(device, sweep)) {
    lines.push_back(
        fmt::format("  universal scalability: contention {:.3f}, coherency {:.4f} "
                    "(root mean square deviation {:.1f} %)",
                    law->contention, law->coherency, 100 * law->error));
  } else {
    lines.push_back("  efficiencies: " + raw_efficiencies(curve) +
                    fmt::format(" (no law: it needs {} points up to the compute units, within 5 %)",
                                fewest_for_scalability));
  }
}

void read_items(const DeviceParallelism& device, const Sweep& sweep,
                std::vector<std::string>& lines) {
  const std::vector<CurvePoint> curve = sweep.curve();
  const std::string head = "occupancy, " + sweep.what + ": ";
  if (curve.size() < 2) {
    lines.push_back(head + first_reason(sweep));
    return;
  }
  lines.push_back(head +
                  fmt::format("{} {}, {:.2f} times {:g}", saturation(device, sweep, curve),
                              !device.cpu                         ? "work-items of a work-group"
                              : sweep.bound == SweepBound::memory ? "places that a thread reads"
                                                                  : "chains of a thread",
                              std::ranges::max(curve, {}, &CurvePoint::y).y / curve.front().y,
                              curve.front().x));
}

// What the system says of a pair, beside what was measured.
std::string reported_text(const SiblingPair& pair) {
  if (!pair.reported) return "; the system doesn't say";
  const char* const words = *pair.reported ? "two threads of one core" : "two cores";
  if (pair.siblings.state == Siblings::State::unclear) {
    return fmt::format("; the system reports {}", words);
  }
  const bool same = *pair.reported == (pair.siblings.state == Siblings::State::shared);
  return same ? "; the system reports the same" : fmt::format("; but the system reports {}", words);
}

// Points that ended their process, where others are left to be read.
void read_lost(const Sweep& sweep, std::vector<std::string>& lines) {
  if (sweep.curve().empty()) return;
  for (const SweepPoint& each : sweep.points) {
    if (each.reason.starts_with(not_available)) {
      lines.push_back(fmt::format("  at {:g} {}", each.x, each.reason));
    }
  }
}

}  // namespace

std::vector<std::string> reading(const DeviceParallelism& device) {
  std::vector<std::string> lines;
  for (const Sweep& sweep : device.sweeps) {
    if (sweep.variable == "accumulators") read_accumulators(device, sweep, lines);
    if (sweep.variable == "width") read_points(device, sweep, "width", lines);
    if (sweep.variable == "units") read_units(device, sweep, lines);
    if (sweep.variable == "items") read_items(device, sweep, lines);
    read_lost(sweep, lines);
  }
  lines.insert(lines.end(), device.lost.begin(), device.lost.end());
  for (const SiblingPair& pair : device.pairs) {
    const std::string which = fmt::format("logical processors {} and {}", pair.first, pair.second);
    if (!pair.speed_ups.empty()) {
      lines.push_back(siblings_text(pair.siblings, which) + reported_text(pair));
    }
    if (!pair.reason.empty()) {
      lines.push_back((pair.speed_ups.empty() ? which + ": " : "  one of their visits: ") +
                      pair.reason);
    }
  }
  if (device.cpu && device.pairs_sought && device.pairs_there_are == 0) {
    lines.emplace_back(
        "logical processors that share a core: this process may use only one logical processor");
  }
  if (device.cpu && !device.pairs_sought) {
    lines.emplace_back(
        "logical processors that share a core: not looked for here, onednn's threads tell (this "
        "runtime "
        "doesn't say where its threads are)");
  }
  const auto tried = static_cast<std::int64_t>(device.pairs.size());
  if (tried > 0 && tried < device.pairs_there_are) {
    lines.push_back(
        fmt::format("{} of {} pairs of logical processors were tried, the likeliest ones", tried,
                    device.pairs_there_are));
  }
  return lines;
}

}  // namespace assay
