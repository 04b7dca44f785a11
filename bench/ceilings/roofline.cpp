#include "bench/ceilings/roofline.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/reporters/text.hpp"
#include "bench/summary.hpp"

namespace assay {
namespace {

double highest(const DeviceCeilings& device, Ceiling::Kind kind) {
  double most = 0;
  for (const Ceiling& each : device.ceilings) {
    // Reading only: what the cases' bytes are held against.
    const bool reads = kind != Ceiling::Kind::dram || each.name == "read";
    if (each.kind == kind && reads) most = std::max(most, each.rate().value_or(0));
  }
  return most;
}

// min(intensity x bandwidth, ceiling), through the ridge.
PlotSeries roof(const std::string& name, double bandwidth, double ceiling, bool dashed,
                int colour) {
  PlotSeries series;
  series.name = name;
  series.mark = dashed ? PlotSeries::Mark::dashed : PlotSeries::Mark::line;
  series.colour = colour;
  const double ridge = ceiling / bandwidth;
  for (const double intensity : {0.125, ridge, 1024.0}) {
    if (intensity < 0.125 || intensity > 1024) continue;
    series.points.emplace_back(intensity, std::min(intensity * bandwidth, ceiling) * 1e-9);
  }
  return series;
}

// "f32.fma + loads" and single threads are no roofs of the whole device.
bool is_roof(const Ceiling& each) {
  return each.kind == Ceiling::Kind::alu && each.rate() &&
         each.name.find_first_of(" ,") == std::string::npos;
}

}  // namespace

std::vector<Plot> roofline_plots(const std::vector<DeviceCeilings>& devices,
                                 const std::vector<Record>& records) {
  std::vector<Plot> plots;
  for (const DeviceCeilings& hardware : by_hardware(devices)) {
    Plot plot;
    plot.title = printable(hardware.hardware);
    plot.x_label = "FLOP per byte of the problem";
    plot.y_label = "GFLOP/s";
    plot.log_x = plot.log_y = true;
    const double memory = highest(hardware, Ceiling::Kind::dram);
    const double cache = highest(hardware, Ceiling::Kind::cache);
    int colour = 0;
    for (const Ceiling& each : hardware.ceilings) {
      if (!is_roof(each) || memory <= 0) continue;
      if (cache > 0) {
        plot.series.push_back(roof(each.name + ", cache", cache, *each.rate(), true, colour));
      }
      plot.series.push_back(roof(each.name + ", memory", memory, *each.rate(), false, colour));
      ++colour;
    }
    std::map<std::string, PlotSeries> dots;  // by device
    for (const Record& record : records) {
      if (record.hardware != hardware.hardware || !has_summary(record)) continue;
      const Summary summary = summarise(record);
      PlotSeries& series = dots[record.device];
      series.name = record.device;
      series.mark = PlotSeries::Mark::dots;
      series.points.emplace_back(summary.intensity, summary.flops_per_second * 1e-9);
    }
    for (auto& [device, series] : dots) {
      series.colour = 5 - static_cast<int>(plots.size() % 2);
      plot.series.push_back(std::move(series));
    }
    if (!plot.series.empty()) plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace assay
