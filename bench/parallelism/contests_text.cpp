// Two devices side by side in plain words.
#include <fmt/format.h>

#include <algorithm>

#include "bench/parallelism/parallelism.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

std::string list_of(const std::vector<double>& sizes) {
  std::string text;
  for (const double each : sizes) text += fmt::format("{}{:g}", text.empty() ? "" : ", ", each);
  return text;
}

// "0.31 to 0.35 times the host's time at 512".
std::string ratio_text(const DeviceComparison& comparison, const std::string& group, double size,
                       bool with_transfers) {
  for (const Contest& each : comparison.contests) {
    if (each.group != group || each.size != size) continue;
    const auto ratio = time_ratio(each, with_transfers);
    if (!ratio) continue;
    return (ratio->interval
                ? fmt::format("{:.2f} to {:.2f}", ratio->interval->low, ratio->interval->high)
                : fmt::format("about {:.2f}", ratio->median)) +
           fmt::format(" times {}'s time at {:g}", comparison.host, size);
  }
  return {};
}

// The sizes of a group that were measured on both, rising.
std::vector<double> measured_sizes(const DeviceComparison& comparison, const std::string& group) {
  std::vector<double> sizes;
  for (const Contest& each : comparison.contests) {
    if (each.group == group && !each.visits.empty()) sizes.push_back(each.size);
  }
  std::ranges::sort(sizes);
  return sizes;
}

std::string win_text(const DeviceComparison& comparison, const std::string& group,
                     bool with_transfers) {
  const std::vector<double> sizes = measured_sizes(comparison, group);
  const ContestCrossover found = crossover(comparison, group, with_transfers);
  const auto ratio_at = [&](double size) {
    return ratio_text(comparison, group, size, with_transfers);
  };
  const std::string unclear =
      found.unclear.empty() ? std::string()
                            : fmt::format("noise could explain the difference at {} ({})",
                                          list_of(found.unclear), ratio_at(found.unclear.back()));
  if (found.from) {
    std::string text = fmt::format("faster from {:g} on ({})", *found.from, ratio_at(*found.from));
    if (!unclear.empty()) return text + "; " + unclear;
    const auto here = std::ranges::find(sizes, *found.from);
    return here == sizes.begin() ? text + ", the smallest measured"
                                 : text + ", not at " + fmt::format("{:g}", *(here - 1)) + " (" +
                                       ratio_at(*(here - 1)) + ")";
  }
  const bool told = unclear.empty() || found.unclear.back() < sizes.back();
  std::string text = told ? "faster from no size on (" + ratio_at(sizes.back()) + ")"
                          : std::string("can't be told from which size on it is faster");
  if (!found.won.empty()) text += "; surely faster only at " + list_of(found.won);
  return unclear.empty() ? text : text + "; " + unclear;
}

// What kept sizes of the group from being compared: "without 512: reason; without …"; empty where
// nothing did.
std::string left_out(const DeviceComparison& comparison, const std::string& group) {
  std::vector<std::pair<std::string, std::vector<double>>> missing;  // sizes by reason
  for (const Contest& each : comparison.contests) {
    if (each.group != group || !each.visits.empty()) continue;
    const std::string reason = each.reason.empty() ? "no time was measured" : each.reason;
    auto found = std::ranges::find(missing, reason, [](const auto& entry) { return entry.first; });
    if (found == missing.end()) found = missing.insert(found, {reason, {}});
    found->second.push_back(each.size);
  }
  std::string text;
  for (const auto& [reason, sizes] : missing) {
    text += fmt::format("{}without {}: {}", text.empty() ? "" : "; ", list_of(sizes), reason);
  }
  return text;
}

std::size_t most_visits(const DeviceComparison& comparison, const std::string& group) {
  std::size_t most = 0;
  for (const Contest& each : comparison.contests) {
    if (each.group == group) most = std::max(most, each.visits.size());
  }
  return most;
}

void add_group(const DeviceComparison& comparison, const std::string& group,
               std::vector<std::string>& lines) {
  const std::string reason = left_out(comparison, group);
  if (measured_sizes(comparison, group).empty()) {
    lines.push_back(group + ": not measurable: " + reason);
    return;
  }
  lines.push_back(fmt::format(
      "{} against {}, {} (95 % intervals of {} processes each):", comparison.accelerator,
      comparison.host, group, most_visits(comparison, group)));
  lines.push_back("  kernel only: " + win_text(comparison, group, false));
  lines.push_back((comparison.copies ? "  a call alone, with copies: " : "  a call alone: ") +
                  win_text(comparison, group, true));
  if (!reason.empty()) lines.push_back("  " + reason);
}

}  // namespace

std::vector<std::string> contest_lines(const DeviceComparison& comparison) {
  std::vector<std::string> groups;
  for (const Contest& each : comparison.contests) {
    if (std::ranges::find(groups, each.group) == groups.end()) groups.push_back(each.group);
  }
  std::vector<std::string> lines;
  for (const std::string& group : groups) add_group(comparison, group, lines);
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
    return device.hertz() > 0 ? device.most("units", SweepBound::arithmetic) / (2 * device.hertz())
                              : 0;
  };
  lines.push_back(
      fmt::format("{:<28} {:>16} {:>16} {:>9}", "", host.device, accelerator.device, "ratio"));
  row("compute units, reported", static_cast<double>(host.compute_units),
      static_cast<double>(accelerator.compute_units), 1, "");
  row("f32 lanes a cycle, measured", lanes(host), lanes(accelerator), 1, "");
  const bool observed = host.clock_hz && accelerator.clock_hz;
  row(observed ? "clock, observed" : "clock, observed or reported", host.hertz(),
      accelerator.hertz(), 1e-9, "GHz");
  row("f32 multiply-adds", host.most("units", SweepBound::arithmetic),
      accelerator.most("units", SweepBound::arithmetic), 1e-9, "GFLOP/s");
  row("reading memory", host.most("units", SweepBound::memory),
      accelerator.most("units", SweepBound::memory), 1e-9, "GB/s");
  row("dispatch of a call", host.dispatch_s, accelerator.dispatch_s, 1e6, "us");
  // Copies within the host's memory are none to a device.
  const auto copies = [&](const DeviceParallelism& device, double rate) {
    return device.cpu ? no_such : rate;
  };
  row("copies to the device", copies(host, host.transfer.to_device),
      copies(accelerator, accelerator.transfer.to_device), 1e-9, "GB/s");
  row("copies from the device", copies(host, host.transfer.from_device),
      copies(accelerator, accelerator.transfer.from_device), 1e-9, "GB/s");
  const std::vector<std::string> contests = contest_lines(comparison);
  lines.insert(lines.end(), contests.begin(), contests.end());
  return lines;
}

}  // namespace assay
