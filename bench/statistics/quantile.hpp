// Order statistics of samples. Empty input is an internal Error.
#pragma once

#include <span>

namespace assay {

// Quantile `p` in [0, 1] by linear interpolation between order statistics at position
// (size - 1) p: type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
// Statistician 50 (1996). The same as NumPy's and R's default.
[[nodiscard]] double quantile(std::span<const double> values, double p);

// quantile(values, 0.5).
[[nodiscard]] double median(std::span<const double> values);

}  // namespace assay
