// Comparisons as text. Only formats.
#pragma once

#include <ostream>

#include "bench/comparison/compare.hpp"
#include "bench/reporters.hpp"

namespace assay {

// console, json, csv or markdown; a usage Error for junit, which has nothing to say of a comparison.
void report_comparison(Format format, const Comparison& comparison, std::ostream& out);

// "1.034", and "1.034 [1.012, 1.057]" with bounds; unbounded ends are "..".
[[nodiscard]] std::string ratio_text(double ratio);
[[nodiscard]] std::string ratio_text(double ratio, double low, double high);

}  // namespace assay
