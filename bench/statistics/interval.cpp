#include "bench/statistics/interval.hpp"

#include <cmath>

#include "bench/statistics/t_statistic.hpp"

namespace assay {

std::optional<Interval> geometric_interval(std::span<const double> values, double confidence) {
  if (values.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) {
    if (!(value > 0) || !std::isfinite(value)) return std::nullopt;
    mean += std::log(value) / n;
  }
  double squares = 0;
  for (const double value : values) squares += std::pow(std::log(value) - mean, 2);
  const TStatistic logarithm{mean, std::sqrt(squares / (n - 1) / n), n - 1};
  const double level = (1 - confidence) / 2;
  return Interval{std::exp(logarithm.lower_bound(level)), std::exp(logarithm.upper_bound(level))};
}

std::optional<double> relative_half_width(std::span<const double> values, double confidence) {
  const auto interval = geometric_interval(values, confidence);
  if (!interval) return std::nullopt;
  return std::sqrt(interval->high / interval->low) - 1;
}

}  // namespace assay
