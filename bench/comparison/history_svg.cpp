#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/comparison/compare_report.hpp"
#include "bench/comparison/history.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

constexpr double width = 760;
constexpr double height = 150;  // of one case
constexpr double left = 80;
constexpr double right = 16;
constexpr double top = 34;
constexpr double bottom = 24;

// From points to places in the plot; the vertical axis starts at 0, so that sizes can be compared.
class Plot {
 public:
  Plot(const History& history, const CaseHistory& c, double offset)
      : records_(history.records.size()), offset_(offset) {
    for (const HistoryPoint& point : c.points) largest_ = std::max(largest_, point.ns);
  }
  [[nodiscard]] double x(std::size_t record) const {
    const double steps = std::max(static_cast<double>(records_) - 1, 1.0);
    return left + (width - left - right) * static_cast<double>(record) / steps;
  }
  [[nodiscard]] double y(double ns) const {
    return offset_ + height - bottom - (height - top - bottom) * ns / (1.05 * largest_);
  }
  [[nodiscard]] double largest() const { return largest_; }

 private:
  std::size_t records_;
  double offset_;
  double largest_ = 0;
};

// A line at the median of every level between steps.
void draw_levels(const CaseHistory& c, const Plot& plot, std::ostream& out) {
  std::size_t first = 0;
  for (std::size_t i = 0; i <= c.steps.size(); ++i) {
    const std::size_t last = i < c.steps.size() ? c.steps[i].before : c.points.size() - 1;
    std::vector<double> values;
    for (std::size_t k = first; k <= last; ++k) values.push_back(c.points[k].ns);
    const double level = plot.y(median(values));
    out << fmt::format(
        "<line class=\"level\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        plot.x(c.points[first].file), level, plot.x(c.points[last].file), level);
    first = last + 1;
  }
}

void draw_case(const History& history, const CaseHistory& c, double offset, std::ostream& out) {
  const Plot plot(history, c, offset);
  out << fmt::format("<text class=\"title\" x=\"8\" y=\"{:.0f}\">{}</text>\n", offset + 18,
                     xml_text(c.problem + (c.where.empty() ? "" : "  " + c.where)));
  for (const double ns : {0.0, plot.largest()}) {
    out << fmt::format("<text class=\"axis\" x=\"{:.0f}\" y=\"{:.1f}\">{}</text>\n", left - 8,
                       plot.y(ns) + 4, ns > 0 ? time_text(ns) : "0")
        << fmt::format(
               "<line class=\"grid\" x1=\"{:.0f}\" y1=\"{:.1f}\" x2=\"{:.0f}\" y2=\"{:.1f}\"/>\n",
               left, plot.y(ns), width - right, plot.y(ns));
  }
  draw_levels(c, plot, out);
  for (const HistoryPoint& point : c.points) {
    out << fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"><title>{}: {}</title></circle>\n",
        plot.x(point.file), plot.y(point.ns), xml_text(history.records[point.file].label()),
        time_text(point.ns));
  }
  for (const Step& step : c.steps) {
    const HistoryPoint& before = c.points[step.before];
    const HistoryPoint& after = c.points[step.before + 1];
    const double middle = (plot.x(before.file) + plot.x(after.file)) / 2;
    out << fmt::format(
               "<line class=\"step\" x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\">"
               "<title>{3} between {4} and {5}</title></line>\n",
               middle, offset + top, offset + height - bottom, ratio_text(std::exp(step.change)),
               xml_text(history.records[before.file].label()),
               xml_text(history.records[after.file].label()))
        << fmt::format("<text class=\"change\" x=\"{:.1f}\" y=\"{:.1f}\">x {}</text>\n", middle + 4,
                       offset + top + 10, ratio_text(std::exp(step.change)));
  }
}

}  // namespace

void report_history_svg(const History& history, std::ostream& out) {
  const double total = height * static_cast<double>(history.cases.size()) + 8;
  out << fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
             "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n",
             width, total)
      << "<style>text{font:12px sans-serif;fill:#222}.axis{text-anchor:end;fill:#666}"
         ".title{font-weight:bold}.grid{stroke:#ddd}circle{fill:#1f6fb2}"
         ".level{stroke:#1f6fb2;stroke-width:1.5}.step{stroke:#c0392b;stroke-dasharray:4 3}"
         ".change{fill:#c0392b}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  double offset = 0;
  for (const CaseHistory& c : history.cases) {
    draw_case(history, c, offset, out);
    offset += height;
  }
  out << "</svg>\n";
}

}  // namespace assay
