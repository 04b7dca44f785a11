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
  const auto knee = fit_knee(curve);
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

void read_width(const Sweep& sweep, std::vector<std::string>& lines) {
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
  lines.push_back(head + text + " GFLOP/s");
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
  const auto saturated = saturates_at(curve, 0.95);
  std::string text = head + fmt::format(
                                "scales linearly to {:g}, saturates at {:.3g} of {} compute "
                                "units",
                                linear_to(curve), saturated.value_or(0), device.compute_units);
  const auto unit =
      std::ranges::find(curve, static_cast<double>(device.compute_units), &CurvePoint::x);
  if (!sweep.memory && unit != curve.end() && device.compute_units > 1) {
    text += fmt::format("; all {} deliver {:.2f} times one", device.compute_units,
                        unit->y / curve.front().y);
  }
  lines.push_back(text);
  if (const auto law = fit_scalability(curve)) {
    lines.push_back(
        fmt::format("  universal scalability: contention {:.3f}, coherency {:.4f} "
                    "(fits within {:.0f} %)",
                    law->contention, law->coherency, 100 * law->error));
  } else {
    lines.push_back("  efficiencies: " + raw_efficiencies(curve) +
                    fmt::format(" (no law is fitted below {} points)", fewest_for_scalability));
  }
}

void read_items(const Sweep& sweep, std::vector<std::string>& lines) {
  const std::vector<CurvePoint> curve = sweep.curve();
  const std::string head = "occupancy, " + sweep.what + ": ";
  if (curve.size() < 2) {
    lines.push_back(head + first_reason(sweep));
    return;
  }
  const auto saturated = saturates_at(curve, 0.95);
  lines.push_back(head +
                  fmt::format("{:.3g} work-items of a work-group reach 95 % of the most, "
                              "{:.2f} times one",
                              saturated.value_or(0),
                              std::ranges::max(curve, {}, &CurvePoint::y).y / curve.front().y));
}

std::string win_text(const Comparison& comparison, const std::string& group, bool with_transfers) {
  const auto from = wins_from(comparison, group, with_transfers);
  return from ? fmt::format("from {:g}", *from) : std::string("at no size measured");
}

}  // namespace

std::vector<std::string> reading(const DeviceParallelism& device) {
  std::vector<std::string> lines;
  for (const Sweep& sweep : device.sweeps) {
    if (sweep.variable == "accumulators") read_accumulators(device, sweep, lines);
    if (sweep.variable == "width") read_width(sweep, lines);
    if (sweep.variable == "units") read_units(device, sweep, lines);
    if (sweep.variable == "items") read_items(sweep, lines);
  }
  for (const SiblingPair& pair : device.pairs) {
    lines.push_back(siblings_text(
        pair.siblings, fmt::format("logical processors {} and {}", pair.first, pair.second)));
  }
  return lines;
}

std::vector<std::string> comparison_text(const DeviceParallelism& host,
                                         const DeviceParallelism& accelerator,
                                         const Comparison& comparison) {
  std::vector<std::string> lines;
  if (host.hardware == accelerator.hardware) {
    lines.push_back("both are " + host.hardware +
                    ": this compares two runtimes on the same arithmetic units, not two devices");
  }
  const auto row = [&](const std::string& what, double a, double b, double scale,
                       const char* unit) {
    const auto cell = [&](double value) {
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
  row("copies to the device", host.transfer.to_device, accelerator.transfer.to_device, 1e-9,
      "GB/s");
  row("copies from the device", host.transfer.from_device, accelerator.transfer.from_device, 1e-9,
      "GB/s");
  std::vector<std::string> groups;
  for (const Contest& each : comparison.contests) {
    if (std::ranges::find(groups, each.group) == groups.end()) groups.push_back(each.group);
  }
  for (const std::string& group : groups) {
    lines.push_back(accelerator.device + " is faster, " + group + ": " +
                    win_text(comparison, group, false) + " (kernel only), " +
                    win_text(comparison, group, true) + " (with copies)");
  }
  return lines;
}

}  // namespace assay
