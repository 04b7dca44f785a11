#include "bench/parallelism/parallelism_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

const DeviceParallelism* device_named(const std::vector<DeviceParallelism>& devices,
                                      const std::string& name) {
  const auto found = std::ranges::find(devices, name, &DeviceParallelism::device);
  return found == devices.end() ? nullptr : &*found;
}

nlohmann::json sweep_json(const DeviceParallelism& device, const Sweep& sweep) {
  nlohmann::json points = nlohmann::json::array();
  for (const SweepPoint& each : sweep.points) {
    nlohmann::json point = {{"x", each.x},
                            {"case", problem_name(each.problem)},
                            {"implementation", each.implementation},
                            {"rates", each.rates}};
    if (!each.reason.empty()) point["reason"] = each.reason;
    points.push_back(std::move(point));
  }
  const bool stream = !sweep.points.empty() && sweep.points.front().problem.kernel == "stream";
  nlohmann::json json = {{"variable", sweep.variable},
                         // Operands of chains come from the nearest cache.
                         {"bound_by", !sweep.memory ? "alu"
                                      : stream      ? "memory"
                                                    : "first-level cache"},
                         {"what", sweep.what},
                         {"points", std::move(points)}};
  if (const auto knee = knee_of(device, sweep)) {
    json["knee"] = {{"slope", knee->slope},
                    {"plateau", knee->plateau},
                    {"at", knee->knee},
                    {"saturated", knee->saturated},
                    {"error", knee->error}};
  }
  if (sweep.variable == "units") {
    if (const auto law = law_of(device, sweep)) {
      json["universal_scalability"] = {{"first", law->first},
                                       {"contention", law->contention},
                                       {"coherency", law->coherency},
                                       {"error", law->error}};
    }
  }
  return json;
}

const char* word(Siblings::State state) {
  switch (state) {
    case Siblings::State::shared:
      return "one core";
    case Siblings::State::separate:
      return "two cores";
    case Siblings::State::unclear:
      break;
  }
  return "unclear";
}

nlohmann::json pair_json(const SiblingPair& pair) {
  const Siblings& s = pair.siblings;
  nlohmann::json phases = nlohmann::json::array();
  for (const Siblings::State each : s.phases) phases.push_back(word(each));
  return {{"processors", {pair.first, pair.second}},
          {"state", word(s.state)},
          {"scaling", s.scaling},
          {"share", s.share},
          {"sure", s.sure},
          {"independent", s.independent},
          {"changes", s.changes},
          {"phases", phases},
          {"visits", pair.visits},
          {"reason", pair.reason},
          {"speed_ups", pair.speed_ups}};
}

nlohmann::json ratio_json(const Contest& contest, bool with_transfers) {
  const auto ratio = time_ratio(contest, with_transfers);
  if (!ratio) return nullptr;
  nlohmann::json json = {{"median", ratio->median}};
  if (ratio->interval) {
    json["low"] = ratio->interval->low;
    json["high"] = ratio->interval->high;
  }
  return json;
}

nlohmann::json contest_json(const Contest& contest) {
  nlohmann::json visits = nlohmann::json::array();
  for (const Contest::Visit& each : contest.visits) {
    visits.push_back({{"host_s", each.host_s},
                      {"accelerator_s", each.accelerator_s},
                      {"host_call_s", each.host_call_s},
                      {"accelerator_call_s", each.accelerator_call_s},
                      {"transfer_s", each.transfer_s}});
  }
  return {{"group", contest.group},
          {"size", contest.size},
          {"visits", std::move(visits)},
          {"time_ratio", ratio_json(contest, false)},
          {"time_ratio_with_copies", ratio_json(contest, true)},
          {"reason", contest.reason}};
}

nlohmann::json device_json(const DeviceParallelism& device) {
  nlohmann::json sweeps = nlohmann::json::array();
  for (const Sweep& each : device.sweeps) sweeps.push_back(sweep_json(device, each));
  nlohmann::json pairs = nlohmann::json::array();
  for (const SiblingPair& each : device.pairs) pairs.push_back(pair_json(each));
  nlohmann::json json = {{"device", device.device},
                         {"device_name", device.device_name},
                         {"hardware", device.hardware},
                         {"cpu", device.cpu},
                         {"compute_units", device.compute_units},
                         {"topology", device.topology},
                         {"dispatch_s", device.dispatch_s},
                         {"to_device_bytes_per_second", device.transfer.to_device},
                         {"from_device_bytes_per_second", device.transfer.from_device},
                         {"sweeps", std::move(sweeps)},
                         {"pairs", std::move(pairs)},
                         {"pairs_there_are", device.pairs_there_are},
                         {"lost", device.lost},
                         {"reading", reading(device)}};
  if (device.clock_hz) json["clock_hz"] = *device.clock_hz;
  if (device.reported_hz > 0) json["reported_hz"] = device.reported_hz;
  return json;
}

std::string axis_name(const Sweep& sweep, bool cpu) {
  if (sweep.variable == "units") return cpu ? "threads" : "threads or work-groups";
  if (sweep.variable == "items") return cpu ? "chains of a thread" : "work-items of a work-group";
  if (sweep.variable == "width") return "elements of a vector";
  return "independent accumulators";
}

}  // namespace

void report_parallelism(const std::vector<DeviceParallelism>& devices,
                        const std::vector<DeviceComparison>& comparisons, std::ostream& out) {
  for (const DeviceParallelism& device : devices) {
    out << "\n"
        << printable(device.device) << "  " << printable(device.device_name) << "\n"
        << "  reported: " << device.compute_units << " compute units"
        << (device.topology.empty() ? "" : "; " + printable(device.topology)) << "\n";
    if (device.clock_hz)
      out << fmt::format("  clock observed: {:.2f} GHz\n", *device.clock_hz * 1e-9);
    for (const std::string& line : reading(device)) out << "  " << printable(line) << "\n";
  }
  for (const DeviceComparison& each : comparisons) {
    const DeviceParallelism* const host = device_named(devices, each.host);
    const DeviceParallelism* const other = device_named(devices, each.accelerator);
    if (host == nullptr || other == nullptr) continue;
    out << "\n";
    for (const std::string& line : comparison_text(*host, *other, each)) {
      out << printable(line) << "\n";
    }
  }
}

nlohmann::json parallelism_json(const std::vector<DeviceParallelism>& devices,
                                const std::vector<DeviceComparison>& comparisons) {
  nlohmann::json list = nlohmann::json::array();
  for (const DeviceParallelism& each : devices) list.push_back(device_json(each));
  nlohmann::json compared = nlohmann::json::array();
  for (const DeviceComparison& each : comparisons) {
    nlohmann::json contests = nlohmann::json::array();
    for (const Contest& contest : each.contests) {
      contests.push_back(contest_json(contest));
    }
    nlohmann::json json = {
        {"host", each.host}, {"accelerator", each.accelerator}, {"contests", std::move(contests)}};
    const DeviceParallelism* const host = device_named(devices, each.host);
    const DeviceParallelism* const other = device_named(devices, each.accelerator);
    if (host != nullptr && other != nullptr) {
      json["reading"] = comparison_text(*host, *other, each);
    }
    compared.push_back(std::move(json));
  }
  return {{"devices", std::move(list)}, {"comparisons", std::move(compared)}};
}

namespace {

// y = min(slope x, plateau), over the points.
PlotSeries fitted(const Knee& knee, const PlotSeries& curve) {
  PlotSeries line;
  line.name = curve.name + ", fit";
  line.mark = PlotSeries::Mark::dashed;
  line.colour = curve.colour;
  // In all of the points, where axes bend it too.
  std::set<double> places = {knee.knee};
  for (const auto& [x, y] : curve.points) places.insert(x);
  for (const double x : places) {
    line.points.emplace_back(x, std::min(knee.slope * x, knee.plateau) * 1e-9);
  }
  return line;
}

// What is the same for all devices in it is the title, else each curve says what it is.
void name_curves(const std::vector<const Sweep*>& sweeps, const char* variable, Plot& plot) {
  const bool same = std::ranges::all_of(
      sweeps, [&](const Sweep* each) { return each->what == sweeps.front()->what; });
  // Two sweeps may be of the same kind of chain.
  plot.title = same ? sweeps.front()->what + ", by " + plot.x_label : variable;
  if (same) return;
  for (std::size_t i = 0; i < sweeps.size(); ++i) plot.series[i].name += ": " + sweeps[i]->what;
}

// Far apart: on a linear axis the lower curve would be a line at zero.
bool needs_logarithm(const Plot& plot) {
  std::vector<double> highest;
  for (const PlotSeries& series : plot.series) {
    double most = 0;
    for (const auto& [x, y] : series.points) most = std::max(most, y);
    highest.push_back(most);
  }
  return !highest.empty() && std::ranges::max(highest) > 5 * std::ranges::min(highest);
}

Plot scaling_plot(const std::vector<DeviceParallelism>& devices, const char* variable,
                  bool memory) {
  Plot plot;
  plot.log_x = std::string_view(variable) != "accumulators";
  std::vector<const Sweep*> sweeps;
  std::vector<PlotSeries> fits;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Sweep* const sweep = devices[i].find(variable, memory);
    if (sweep == nullptr) continue;
    PlotSeries series;
    series.name = devices[i].device;
    series.colour = series.shape = static_cast<int>(i);
    for (const CurvePoint& each : sweep->curve()) series.points.emplace_back(each.x, each.y * 1e-9);
    if (series.points.empty()) continue;
    const bool bytes = memory && sweep->points.front().problem.kernel == "stream";
    plot.x_label = axis_name(*sweep, devices[i].cpu);
    plot.y_label = bytes ? "GB/s" : "GFLOP/s";
    if (const auto knee = knee_of(devices[i], *sweep)) fits.push_back(fitted(*knee, series));
    sweeps.push_back(sweep);
    plot.series.push_back(std::move(series));
  }
  if (plot.series.empty()) return plot;
  name_curves(sweeps, variable, plot);
  plot.log_y = needs_logarithm(plot);
  for (PlotSeries& each : fits) plot.series.push_back(std::move(each));
  return plot;
}

}  // namespace

std::vector<Plot> scaling_plots(const std::vector<DeviceParallelism>& devices) {
  std::vector<Plot> plots;
  for (const char* variable : {"accumulators", "width", "units", "items"}) {
    for (const bool memory : {false, true}) {
      Plot plot = scaling_plot(devices, variable, memory);
      if (!plot.series.empty()) plots.push_back(std::move(plot));
    }
  }
  return plots;
}

std::vector<Plot> contest_plots(const std::vector<DeviceComparison>& comparisons) {
  std::vector<Plot> plots;
  for (const DeviceComparison& comparison : comparisons) {
    std::map<std::string, Plot> by_group;
    for (const Contest& each : comparison.contests) {
      for (const bool with_transfers : {false, true}) {
        const auto ratio = time_ratio(each, with_transfers);
        if (!ratio) continue;
        Plot& plot = by_group[each.group];
        plot.series.resize(2);
        plot.series[with_transfers ? 1 : 0].points.emplace_back(each.size, ratio->median);
      }
    }
    for (auto& [group, plot] : by_group) {
      plot.title =
          fmt::format("{}: time of {} over {}'s", group, comparison.accelerator, comparison.host);
      plot.x_label = "m = n = k, or rows";
      plot.y_label = "below 1 it is faster";
      plot.log_x = plot.log_y = true;
      plot.series[0].name = "kernel only";
      plot.series[1].name = "a call with copies";
      plot.series[1].colour = plot.series[1].shape = 1;
      PlotSeries same{"the same time", {}, PlotSeries::Mark::dashed, 5, 0};
      for (const auto& point : plot.series[0].points) same.points.emplace_back(point.first, 1);
      plot.series.push_back(std::move(same));
      plots.push_back(std::move(plot));
    }
  }
  return plots;
}

}  // namespace assay
