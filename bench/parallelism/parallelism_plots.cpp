// Scaling curves and contests as drawings.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "bench/parallelism/parallelism_report.hpp"

namespace assay {
namespace {

std::string axis_name(const Sweep& sweep, bool cpu) {
  if (sweep.variable == "units") return cpu ? "threads" : "threads or work-groups";
  if (sweep.variable == "items" && cpu) {
    return sweep.bound == SweepBound::memory ? "places that a thread reads" : "chains of a thread";
  }
  if (sweep.variable == "items") return "work-items of a work-group";
  if (sweep.variable == "width") return "elements of a vector";
  return "independent accumulators";
}

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
                  SweepBound bound) {
  Plot plot;
  plot.log_x = std::string_view(variable) != "accumulators";
  std::vector<const Sweep*> sweeps;
  std::vector<PlotSeries> fits;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Sweep* const sweep = devices[i].find(variable, bound);
    if (sweep == nullptr) continue;
    PlotSeries series;
    series.name = devices[i].device;
    series.colour = series.shape = static_cast<int>(i);
    for (const CurvePoint& each : sweep->curve()) series.points.emplace_back(each.x, each.y * 1e-9);
    if (series.points.empty()) continue;
    plot.x_label = axis_name(*sweep, devices[i].cpu);
    plot.y_label = bound == SweepBound::memory ? "GB/s" : "GFLOP/s";
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
    for (const SweepBound bound :
         {SweepBound::arithmetic, SweepBound::first_cache, SweepBound::memory}) {
      Plot plot = scaling_plot(devices, variable, bound);
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
      plot.series[1].name = comparison.copies ? "a call with copies" : "a call alone";
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
