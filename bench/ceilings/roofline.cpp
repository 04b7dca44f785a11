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

constexpr double first_intensity = 0.125;
constexpr double least_last_intensity = 1024;

// The roofs go on to where the last case is.
double last_intensity(const DeviceCeilings& hardware, const std::vector<Record>& records) {
  double last = least_last_intensity;
  for (const Record& record : records) {
    if (record.hardware != hardware.hardware || !has_summary(record)) continue;
    last = std::max(last, 2 * summarise(record).intensity);
  }
  return last;
}

struct Roof {
  double bandwidth, ceiling;  // bytes/s, FLOP/s
  double last;                // intensity
};

// min(intensity x bandwidth, ceiling), through the ridge.
PlotSeries roof(const std::string& name, const Roof& r, bool dashed, int colour) {
  PlotSeries series;
  series.name = name;
  series.mark = dashed ? PlotSeries::Mark::dashed : PlotSeries::Mark::line;
  series.colour = colour;
  const double ridge = r.ceiling / r.bandwidth;
  for (const double intensity : {first_intensity, ridge, r.last}) {
    if (intensity < first_intensity || intensity > r.last) continue;
    series.points.emplace_back(intensity, std::min(intensity * r.bandwidth, r.ceiling) * 1e-9);
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
    plot.y_label = "GFLOP/s (s8: GOP/s)";
    plot.log_x = plot.log_y = true;
    const double memory = highest(hardware, Ceiling::Kind::dram);
    const double cache = highest(hardware, Ceiling::Kind::cache);
    const double last = last_intensity(hardware, records);
    int colour = 0;
    for (const Ceiling& each : hardware.ceilings) {
      if (!is_roof(each) || memory <= 0) continue;
      if (cache > 0) {
        plot.series.push_back(
            roof(each.name + ", cache", {cache, *each.rate(), last}, true, colour));
      }
      plot.series.push_back(
          roof(each.name + ", memory", {memory, *each.rate(), last}, false, colour));
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
    // Shapes of their own, as colours are those of the roofs too.
    int number = 0;
    for (auto& [device, series] : dots) {
      series.colour = 5 - number % 6;
      series.shape = number++;
      plot.series.push_back(std::move(series));
    }
    if (!plot.series.empty()) plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace assay
