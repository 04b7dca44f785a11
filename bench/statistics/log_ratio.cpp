#include "bench/statistics/log_ratio.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/error.hpp"

namespace assay {
namespace {

double checked_log(double time) {
  if (!(time > 0) || !std::isfinite(time)) {
    throw Error(Error::Kind::internal, "the logarithm of a time that is not positive and finite");
  }
  return std::log(time);
}

struct Moments {
  double mean = 0;
  double error_squared = 0;  // of the mean
  double freedom = 0;
};

Moments moments(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  Moments result;
  for (const double value : values) result.mean += value / n;
  double squares = 0;
  for (const double value : values) squares += std::pow(value - result.mean, 2);
  result.freedom = n - 1;
  result.error_squared = squares / (n - 1) / n;
  return result;
}

std::optional<Estimate> interval(const std::optional<TStatistic>& t, double confidence) {
  if (!t) return std::nullopt;
  const double level = (1 - confidence) / 2;
  return Estimate{t->mean, t->lower_bound(level), t->upper_bound(level)};
}

}  // namespace

std::vector<double> log_ratios(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw Error(Error::Kind::internal, "pairs of different lengths");
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = checked_log(b[i]) - checked_log(a[i]);
  return result;
}

std::optional<TStatistic> paired_t(std::span<const double> differences) {
  if (differences.size() < 3) return std::nullopt;
  const Moments m = moments(differences);
  return TStatistic{m.mean, std::sqrt(m.error_squared), m.freedom};
}

std::optional<TStatistic> welch_t(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 3 || b.size() < 3) return std::nullopt;
  std::vector<double> log_a;
  std::vector<double> log_b;
  for (const double time : a) log_a.push_back(checked_log(time));
  for (const double time : b) log_b.push_back(checked_log(time));
  const Moments left = moments(log_a);
  const Moments right = moments(log_b);
  const double squared = left.error_squared + right.error_squared;
  const double parts = left.error_squared * left.error_squared / left.freedom +
                       right.error_squared * right.error_squared / right.freedom;
  const double fewer = std::min(left.freedom, right.freedom);
  const double more = std::max(left.freedom, right.freedom);
  const double most = fewer * (1 + (fewer + 1) / (more + 1));
  const double freedom = parts > 0 ? std::min(squared * squared / parts, most) : most;
  return TStatistic{right.mean - left.mean, std::sqrt(squared), freedom};
}

std::optional<Estimate> paired_interval(std::span<const double> differences, double confidence) {
  return interval(paired_t(differences), confidence);
}

std::optional<Estimate> unpaired_interval(std::span<const double> a, std::span<const double> b,
                                          double confidence) {
  return interval(welch_t(a, b), confidence);
}

Estimate to_ratio(const Estimate& logarithm) {
  return {std::exp(logarithm.value), std::exp(logarithm.low), std::exp(logarithm.high)};
}

double geometric_mean(std::span<const double> ratios) {
  if (ratios.empty()) throw Error(Error::Kind::internal, "a mean of no ratios");
  double sum = 0;
  for (const double ratio : ratios) sum += checked_log(ratio);
  return std::exp(sum / static_cast<double>(ratios.size()));
}

}  // namespace assay
