// Confidence intervals.
#pragma once

#include <optional>
#include <span>

namespace assay {

struct Interval {
  double low = 0;
  double high = 0;
};

// Two-sided interval for the geometric mean of what positive, independent `values` come from:
//   exp(mean(y) -+ t s / sqrt(n)),  y = ln(values), s their sample standard deviation,
//   t the quantile (1 + confidence) / 2 of Student's distribution with n - 1 degrees of freedom.
// Exact where the values are log-normal, and then also an interval for their median. Nothing below
// two values, or where one is not positive and finite.
[[nodiscard]] std::optional<Interval> geometric_interval(std::span<const double> values,
                                                         double confidence);

// Half the width of that interval as a fraction of its centre: sqrt(high / low) - 1.
[[nodiscard]] std::optional<double> relative_half_width(std::span<const double> values,
                                                        double confidence);

}  // namespace assay
