#include "bench/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bench/reporters/escape.hpp"

namespace assay {
namespace {

constexpr double width = 760;
constexpr double least_height = 340;  // of one plot
constexpr double legend_line = 17;
constexpr std::size_t longest_name = 24;  // that fits beside the plot
constexpr double left = 70;
constexpr double right = 190;  // names of the series
constexpr double top = 34;
constexpr double bottom = 46;

// Colours that stay apart for most eyes and in grey, on white; lighter ones on dark (after Okabe and
// Ito, Color Universal Design, 2008).
constexpr const char* style = R"(<style>
text { font: 12px sans-serif; fill: #222 }
.title { font-size: 14px; font-weight: bold }
.axis { stroke: #555; fill: none }
.grid { stroke: #ddd; fill: none }
.line { fill: none; stroke-width: 2 }
.dashed { stroke-dasharray: 6 4 }
.thick { stroke-width: 4 }
.s0 { stroke: #0072b2 } .s1 { stroke: #d55e00 } .s2 { stroke: #009e73 }
.s3 { stroke: #cc79a7 } .s4 { stroke: #7a5c00 } .s5 { stroke: #444 }
.d0 { fill: #0072b2 } .d1 { fill: #d55e00 } .d2 { fill: #009e73 }
.d3 { fill: #cc79a7 } .d4 { fill: #7a5c00 } .d5 { fill: #444 }
.ground { fill: #fff }
@media screen and (prefers-color-scheme: dark) {
  text { fill: #ddd }
  .axis { stroke: #aaa } .grid { stroke: #333 } .ground { fill: #16181c }
  .s0 { stroke: #56b4e9 } .s1 { stroke: #ff9e5e } .s2 { stroke: #4fd6ad }
  .s3 { stroke: #f0a8cd } .s4 { stroke: #f0e442 } .s5 { stroke: #bbb }
  .d0 { fill: #56b4e9 } .d1 { fill: #ff9e5e } .d2 { fill: #4fd6ad }
  .d3 { fill: #f0a8cd } .d4 { fill: #f0e442 } .d5 { fill: #bbb }
}
</style>
)";

bool usable(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second) && point.first > 0 &&
         point.second > 0;
}

struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  double from = 0, to = 1;  // places on the page

  [[nodiscard]] double at(double value) const {
    const double share =
        logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
    return from + (to - from) * share;
  }
};

Axis axis_of(const Plot& plot, bool x) {
  double low = std::numeric_limits<double>::max();
  double high = 0;
  for (const PlotSeries& series : plot.series) {
    for (const auto& point : series.points) {
      if (!usable(point)) continue;
      const double value = x ? point.first : point.second;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  Axis axis;
  axis.logarithmic = x ? plot.log_x : plot.log_y;
  if (high <= 0) return {0.5, 1, axis.logarithmic, 0, 1};
  if (axis.logarithmic) {
    const double base = x ? 2 : 10;
    axis.low = std::pow(base, std::floor(std::log(low) / std::log(base) + 1e-9));
    axis.high = std::pow(base, std::ceil(std::log(high) / std::log(base) - 1e-9));
    if (axis.high <= axis.low) axis.high = axis.low * base;
  } else {
    axis.low = 0;
    axis.high = 1.08 * high;
  }
  return axis;
}

std::vector<double> ticks(const Axis& axis, double base) {
  std::vector<double> values;
  if (axis.logarithmic) {
    const double decades = std::log(axis.high / axis.low) / std::log(base);
    const double step = std::pow(base, std::ceil(decades / 12 - 1e-9));
    for (double value = axis.low; value <= axis.high * 1.0001; value *= step)
      values.push_back(value);
    return values;
  }
  const double raw = axis.high / 6;
  const double size = std::pow(10, std::floor(std::log10(raw)));
  double step = size;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (step < raw) step = factor * size;
  }
  for (double value = 0; value <= axis.high; value += step) values.push_back(value);
  return values;
}

void draw_axes(const Plot& plot, const Axis& x, const Axis& y, std::ostream& out) {
  for (const double value : ticks(x, 2)) {
    const double at = x.at(value);
    out << fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", at, y.from, y.to)
        << fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{:.4g}</text>\n", at,
                       y.from + 16, value);
  }
  for (const double value : ticks(y, 10)) {
    const double at = y.at(value);
    out << fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", x.from, at, x.to)
        << fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n",
                       x.from - 6, at + 4, value);
  }
  out << fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>\n", x.from, y.to,
                     y.from, x.to)
      << fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                     (x.from + x.to) / 2, y.from + 36, xml_text(plot.x_label))
      << fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x.from - 56, y.to - 8,
                     xml_text(plot.y_label))
      << fmt::format("<text class=\"title\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x.from + 90,
                     y.to - 10, xml_text(plot.title));
}

bool has_dots(const PlotSeries& series) {
  return series.mark == PlotSeries::Mark::dots || series.mark == PlotSeries::Mark::line_and_dots;
}

// Outlines of about the same area around (0, 0).
std::string dot(const PlotSeries& series, double x, double y, const std::string& title) {
  constexpr std::array<const char*, 4> shapes = {"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
                                                 "M-3.5 -3.5h7v7h-7z", "M0 -5l5 8.5h-10z",
                                                 "M0 -5l5 5l-5 5l-5 -5z"};
  return fmt::format(
      "<path class=\"d{}\" transform=\"translate({:.1f} {:.1f})\" d=\"{}\"><title>{}</title>"
      "</path>\n",
      series.colour % 6, x, y, shapes[static_cast<std::size_t>(series.shape) % shapes.size()],
      xml_text(title));
}

// Colours that come again have thicker lines.
std::string line_class(const PlotSeries& series) {
  return fmt::format("line s{}{}{}", series.colour % 6, series.colour >= 6 ? " thick" : "",
                     series.mark == PlotSeries::Mark::dashed ? " dashed" : "");
}

void draw_series(const PlotSeries& series, const Axis& x, const Axis& y, std::ostream& out) {
  using Mark = PlotSeries::Mark;
  std::string path;
  for (const auto& point : series.points) {
    if (!usable(point)) continue;
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x.at(point.first),
                        y.at(point.second));
  }
  if (series.mark != Mark::dots && !path.empty()) {
    out << fmt::format("<path class=\"{}\" d=\"{}\"/>\n", line_class(series), path);
  }
  if (!has_dots(series)) return;
  for (const auto& point : series.points) {
    if (!usable(point)) continue;
    out << dot(series, x.at(point.first), y.at(point.second),
               fmt::format("{}: {:.4g}, {:.4g}", series.name, point.first, point.second));
  }
}

double height_of(const Plot& plot) {
  return std::max(least_height,
                  top + bottom + legend_line * static_cast<double>(plot.series.size()));
}

void draw_legend(const PlotSeries& series, double x, double y, std::ostream& out) {
  if (series.mark != PlotSeries::Mark::dots) {
    out << fmt::format("<path class=\"{}\" d=\"M{:.1f} {:.1f}h18\"/>", line_class(series), x,
                       y - 4);
  }
  if (has_dots(series)) out << dot(series, x + 9, y - 4, series.name);
  std::string name = series.name;
  if (name.size() > longest_name) name = name.substr(0, longest_name - 2) + "..";
  out << fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"><title>{}</title>{}</text>\n", x + 22, y,
                     xml_text(series.name), xml_text(name));
}

void draw(const Plot& plot, double offset, std::ostream& out) {
  Axis x = axis_of(plot, true);
  Axis y = axis_of(plot, false);
  x.from = left;
  x.to = width - right;
  y.from = offset + height_of(plot) - bottom;
  y.to = offset + top;
  draw_axes(plot, x, y, out);
  double line = y.to + 6;
  for (const PlotSeries& series : plot.series) {
    draw_series(series, x, y, out);
    draw_legend(series, x.to + 10, line, out);
    line += legend_line;
  }
}

}  // namespace

void write_svg(const std::vector<Plot>& plots, std::ostream& out) {
  double total = plots.empty() ? least_height : 0;
  for (const Plot& plot : plots) total += height_of(plot);
  out << fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:g} {:g}\" "
             "width=\"{:g}\" height=\"{:g}\">\n",
             width, total, width, total)
      << style
      << fmt::format("<rect class=\"ground\" width=\"{:g}\" height=\"{:g}\"/>\n", width, total);
  double offset = 0;
  for (const Plot& plot : plots) {
    draw(plot, offset, out);
    offset += height_of(plot);
  }
  out << "</svg>\n";
}

}  // namespace assay
