#include "bench/statistics/hodges_lehmann.hpp"

#include <algorithm>
#include <numeric>

#include "bench/statistics/sign_flip.hpp"
#include "kernels/error.hpp"

namespace assay {

std::vector<double> walsh_averages(std::span<const double> values) {
  if (values.empty()) throw Error(Error::Kind::internal, "an estimate from no values");
  std::vector<double> averages;
  averages.reserve(values.size() * (values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j) {
      averages.push_back(std::midpoint(values[i], values[j]));
    }
  }
  std::sort(averages.begin(), averages.end());
  return averages;
}

double hodges_lehmann(std::span<const double> values) {
  const std::vector<double> averages = walsh_averages(values);
  const std::size_t half = averages.size() / 2;
  if (averages.size() % 2 == 1) return averages[half];
  return std::midpoint(averages[half - 1], averages[half]);
}

Estimate hodges_lehmann_interval(std::span<const double> values, double confidence) {
  const double centre = hodges_lehmann(values);
  const SignFlipTest test(values.size(), Scores::ranks);
  const double level = (1 - confidence) / 2;
  return {centre, test.lower_bound(values, level), test.upper_bound(values, level)};
}

}  // namespace assay
