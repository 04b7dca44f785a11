#include "bench/statistics/moderated.hpp"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <limits>

#include "bench/statistics/trimmed_mean.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

}  // namespace

double trigamma_inverse(double x) {
  if (!(x > 0)) throw Error(Error::Kind::internal, "trigamma takes positive values only");
  // Where y is huge or tiny, its own leading terms: psi'(y) ~ 1/y and ~ 1/y^2.
  if (x > 1e7) return 1 / std::sqrt(x);
  if (x < 1e-6) return 1 / x;
  double y = 0.5 + 1 / x;
  for (int i = 0; i < 100; ++i) {
    const double value = boost::math::trigamma(y);
    const double change = value * (1 - value / x) / boost::math::polygamma(2, y);
    y += change;
    if (-change / y < 1e-10) break;
  }
  return y;
}

VariancePrior fit_variance_prior(std::span<const double> variances,
                                 std::span<const double> freedom) {
  if (variances.size() < 3) return {};
  std::vector<double> sorted(variances.begin(), variances.end());
  std::sort(sorted.begin(), sorted.end());
  const double least = 1e-5 * sorted[sorted.size() / 2];
  if (!(least > 0)) return {};
  std::vector<double> e(variances.size());
  double expected = 0;
  for (std::size_t g = 0; g < variances.size(); ++g) {
    const double half = freedom[g] / 2;
    e[g] = std::log(std::max(variances[g], least)) - boost::math::digamma(half) + std::log(half);
    expected += boost::math::trigamma(half) / static_cast<double>(variances.size());
  }
  const double mean = mean_of(e);
  const double excess = variance_of(e) - expected;
  if (!(excess > 0)) return {infinity, std::exp(mean)};
  const double half_prior = trigamma_inverse(excess);
  const double log_variance = mean + boost::math::digamma(half_prior) - std::log(half_prior);
  return {2 * half_prior, std::exp(log_variance)};
}

double posterior_variance(const VariancePrior& prior, double variance, double freedom) {
  if (std::isinf(prior.freedom)) return prior.variance;
  return (prior.freedom * prior.variance + freedom * variance) / (prior.freedom + freedom);
}

std::vector<TStatistic> moderated_t(std::span<const std::vector<double>> differences, double trim) {
  std::vector<TrimmedMean> means;
  std::vector<double> variances;
  std::vector<double> freedom;
  for (const std::vector<double>& d : differences) {
    if (d.size() < 3) throw Error(Error::Kind::internal, "moderated t needs at least 3 blocks");
    means.push_back(trimmed_mean(d, trim));
    variances.push_back(means.back().variance);
    freedom.push_back(static_cast<double>(means.back().kept) - 1);
  }
  const VariancePrior prior = fit_variance_prior(variances, freedom);
  std::vector<TStatistic> result;
  result.reserve(differences.size());
  for (std::size_t g = 0; g < differences.size(); ++g) {
    const double variance = posterior_variance(prior, variances[g], freedom[g]);
    const auto kept = static_cast<double>(means[g].kept);
    result.push_back({means[g].mean, std::sqrt(variance / kept), prior.freedom + freedom[g]});
  }
  return result;
}

}  // namespace assay
