// Line and scatter plots as SVG: readable in print and on dark screens, no script, no font of their
// own.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace assay {

struct PlotSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  // above 0
  enum class Mark : std::uint8_t { line, dashed, dots, line_and_dots } mark = Mark::line_and_dots;
  int colour = 0;  // of six; lines from the seventh on are thicker
  int shape = 0;   // of its dots: circle, square, triangle, diamond
};

struct Plot {
  std::string title;
  std::string x_label, y_label;
  bool log_x = false, log_y = false;  // base 2 and base 10
  std::vector<PlotSeries> series;
};

// One below the other in one document, each as high as its legend needs. Points that aren't finite and
// above 0 are left out; long names are shortened, and shown whole by the pointer.
void write_svg(const std::vector<Plot>& plots, std::ostream& out);

}  // namespace assay
