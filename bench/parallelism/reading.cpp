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
  return "no point could be measured";
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

void read_accumulators(const DeviceParallelism& device, const Sweep& sweep,
                       std::vector<std::string>& lines) {
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

// "saturates at 40", or what can be said instead.
std::string saturation(const DeviceParallelism& device, const Sweep& sweep,
                       const std::vector<CurvePoint>& curve) {
  if (const auto knee = knee_of(device, sweep)) {
    return knee->saturated ? fmt::format("saturates at {:.3g}", knee->knee)
                           : fmt::format("still grew at {:g}", knee->knee);
  }
  return fmt::format("reaches 95 % of the most at {:.3g}", saturates_at(curve, 0.95).value_or(0));
}

void read_width(const DeviceParallelism& device, const Sweep& sweep,
                std::vector<std::string>& lines) {
  const std::vector<CurvePoint> curve = sweep.curve();
  const std::string head = "width, " + sweep.what + ": ";
  if (curve.empty()) {
    lines.push_back(head + first_reason(sweep));
    return;
  }
  std::string text;
  for (const CurvePoint& each : curve) {
    text += fmt::format("{}{:g}: {}", text.empty() ? "" : ", ", each.x, four_digits(each.y * 1e-9));
  }
  lines.push_back(head + text + " GFLOP/s; " + saturation(device, sweep, curve));
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
  if (!sweep.memory && unit != curve.end() && device.compute_units > 1) {
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
  lines.push_back(
      head +
      fmt::format("{} {}, {:.2f} times one", saturation(device, sweep, curve),
                  device.cpu && !sweep.memory ? "chains of a thread" : "work-items of a work-group",
                  std::ranges::max(curve, {}, &CurvePoint::y).y / curve.front().y));
}

// What kept sizes of the group from being compared: "512: reason"; empty where nothing did.
std::string left_out(const DeviceComparison& comparison, const std::string& group) {
  std::string sizes;
  std::string reason;
  std::size_t all = 0;
  std::size_t missing = 0;
  for (const Contest& each : comparison.contests) {
    if (each.group != group) continue;
    ++all;
    if (each.host_s > 0 && each.accelerator_s > 0) continue;
    ++missing;
    sizes += fmt::format("{}{:g}", sizes.empty() ? "" : ", ", each.size);
    if (reason.empty()) reason = each.reason.empty() ? "no time was measured" : each.reason;
  }
  if (missing == 0) return {};
  return missing == all ? reason : fmt::format("without {}: {}", sizes, reason);
}

bool any_compared(const DeviceComparison& comparison, const std::string& group) {
  return std::ranges::any_of(comparison.contests, [&](const Contest& each) {
    return each.group == group && each.host_s > 0 && each.accelerator_s > 0;
  });
}

std::string win_text(const DeviceComparison& comparison, const std::string& group,
                     bool with_transfers) {
  const auto from = wins_from(comparison, group, with_transfers);
  return from ? fmt::format("from {:g}", *from) : std::string("at no size measured");
}

std::string contest_line(const DeviceComparison& comparison, const std::string& group,
                         const std::string& accelerator) {
  const std::string reason = left_out(comparison, group);
  if (!any_compared(comparison, group)) return group + ": not measurable: " + reason;
  std::string line = accelerator + " is faster, " + group + ": " +
                     win_text(comparison, group, false) + " (kernel only), " +
                     win_text(comparison, group, true) + " (a call alone, with copies)";
  if (!reason.empty()) line += "; " + reason;
  return line;
}

}  // namespace

std::vector<std::string> reading(const DeviceParallelism& device) {
  std::vector<std::string> lines;
  for (const Sweep& sweep : device.sweeps) {
    if (sweep.variable == "accumulators") read_accumulators(device, sweep, lines);
    if (sweep.variable == "width") read_width(device, sweep, lines);
    if (sweep.variable == "units") read_units(device, sweep, lines);
    if (sweep.variable == "items") read_items(device, sweep, lines);
  }
  for (const SiblingPair& pair : device.pairs) {
    lines.push_back(siblings_text(
        pair.siblings, fmt::format("logical processors {} and {}", pair.first, pair.second)));
  }
  const auto tried = static_cast<std::int64_t>(device.pairs.size());
  if (tried > 0 && tried < device.pairs_there_are) {
    lines.push_back(
        fmt::format("{} of {} pairs of logical processors were tried, the likeliest ones", tried,
                    device.pairs_there_are));
  }
  return lines;
}

std::vector<std::string> comparison_text(const DeviceParallelism& host,
                                         const DeviceParallelism& accelerator,
                                         const DeviceComparison& comparison) {
  std::vector<std::string> lines;
  if (host.hardware == accelerator.hardware) {
    lines.push_back("both are " + host.hardware +
                    ": this compares two runtimes on the same arithmetic units, not two devices");
  }
  constexpr double no_such = -1;
  const auto row = [&](const std::string& what, double a, double b, double scale,
                       const char* unit) {
    const auto cell = [&](double value) {
      if (value == no_such) return std::string("-");
      return value > 0 ? four_digits(value * scale) + " " + unit : std::string("unknown");
    };
    const std::string ratio = a > 0 && b > 0 ? fmt::format("{:.2f}x", b / a) : "";
    lines.push_back(fmt::format("{:<28} {:>16} {:>16} {:>9}", what, cell(a), cell(b), ratio));
  };
  const auto lanes = [](const DeviceParallelism& device) {
    // Multiply-adds a cycle, where the clock is known.
    return device.clock_hz ? device.most("units", false) / (2 * *device.clock_hz) : 0;
  };
  lines.push_back(
      fmt::format("{:<28} {:>16} {:>16} {:>9}", "", host.device, accelerator.device, "ratio"));
  row("compute units, reported", static_cast<double>(host.compute_units),
      static_cast<double>(accelerator.compute_units), 1, "");
  row("f32 lanes a cycle, measured", lanes(host), lanes(accelerator), 1, "");
  row("clock, observed", host.clock_hz.value_or(0), accelerator.clock_hz.value_or(0), 1e-9, "GHz");
  row("f32 multiply-adds", host.most("units", false), accelerator.most("units", false), 1e-9,
      "GFLOP/s");
  row("reading memory", host.most("units", true), accelerator.most("units", true), 1e-9, "GB/s");
  row("dispatch of a call", host.dispatch_s, accelerator.dispatch_s, 1e6, "us");
  // Copies within the host's memory are none to a device.
  const auto copies = [&](const DeviceParallelism& device, double rate) {
    return device.cpu ? no_such : rate;
  };
  row("copies to the device", copies(host, host.transfer.to_device),
      copies(accelerator, accelerator.transfer.to_device), 1e-9, "GB/s");
  row("copies from the device", copies(host, host.transfer.from_device),
      copies(accelerator, accelerator.transfer.from_device), 1e-9, "GB/s");
  std::vector<std::string> groups;
  for (const Contest& each : comparison.contests) {
    if (std::ranges::find(groups, each.group) == groups.end()) groups.push_back(each.group);
  }
  for (const std::string& group : groups) {
    lines.push_back(contest_line(comparison, group, accelerator.device));
  }
  return lines;
}

}  // namespace assay
