#include "bench/statistics/interval.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

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
  const double error = std::sqrt(squares / (n - 1) / n);
  const boost::math::students_t distribution(n - 1);
  const double t = boost::math::quantile(distribution, (1 + confidence) / 2);
  return Interval{std::exp(mean - t * error), std::exp(mean + t * error)};
}

std::optional<double> relative_half_width(std::span<const double> values, double confidence) {
  const auto interval = geometric_interval(values, confidence);
  if (!interval) return std::nullopt;
  return std::sqrt(interval->high / interval->low) - 1;
}

}  // namespace assay
