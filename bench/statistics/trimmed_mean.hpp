// A mean that a few wild values can't move, and its error.
//
// Tukey and McLaughlin, "Less vulnerable confidence and significance procedures for location based on
// a single sample: trimming/Winsorization 1", Sankhya A 25 (1963): of n values in order the g lowest
// and the g highest are left out, h = n - 2 g are kept. With SSD the sum of squares of the n values
// about their mean once those left out are set to the nearest value kept (Winsorised),
//
//   mean      of the values kept
//   variance  SSD / (h - 1), so that the squared error of the mean is variance / h
//   t         mean / sqrt(variance / h), Student's with h - 1 degrees of freedom, approximately
#pragma once

#include <cstddef>
#include <span>

namespace assay {

struct TrimmedMean {
  double mean = 0;
  double variance = 0;
  std::size_t kept = 0;  // h
};

// `share` of the values is left out at each end, rounded down: below 0.5. With share 0 these are the
// plain mean and variance. At least 2 values must be kept (internal Error).
[[nodiscard]] TrimmedMean trimmed_mean(std::span<const double> values, double share);

}  // namespace assay
