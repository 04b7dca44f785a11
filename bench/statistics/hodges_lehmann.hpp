// The Hodges-Lehmann estimate of a centre: the median of all averages of two values.
#pragma once

#include <span>
#include <vector>

#include "bench/statistics/estimate.hpp"

namespace assay {

// (x_i + x_j) / 2 for all i <= j, sorted: n (n + 1) / 2 values. Empty input is an internal Error.
[[nodiscard]] std::vector<double> walsh_averages(std::span<const double> values);

// Their median: Hodges and Lehmann, "Estimates of location based on rank tests", Ann. Math. Stat. 34
// (1963). Up to 29 % of the values can be wild without carrying it away.
[[nodiscard]] double hodges_lehmann(std::span<const double> values);

// With the two-sided interval that Wilcoxon's signed rank test does not reject; exact for values
// symmetric about their centre. Infinite where the values are too few (below 6 at 95 %).
[[nodiscard]] Estimate hodges_lehmann_interval(std::span<const double> values, double confidence);

}  // namespace assay
