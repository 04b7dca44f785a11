#include "bench/statistics/trimmed_mean.hpp"

#include <algorithm>
#include <vector>

#include "kernels/error.hpp"

namespace assay {
namespace {

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TrimmedMean trimmed_mean(std::span<const double> values, double share) {
  const std::size_t n = values.size();
  // 0.2 of 5 values is one, however 0.2 is rounded.
  const auto cut = static_cast<std::size_t>(share * static_cast<double>(n) + 1e-9);
  if (n < 2 * cut + 2) throw Error(Error::Kind::internal, "a trimmed mean of too few values");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  TrimmedMean result;
  result.kept = n - 2 * cut;
  result.mean = mean_of(std::span<const double>(sorted).subspan(cut, result.kept));
  for (double& value : sorted) value = std::clamp(value, sorted[cut], sorted[n - 1 - cut]);
  const double centre = mean_of(sorted);
  for (const double value : sorted) result.variance += (value - centre) * (value - centre);
  result.variance /= static_cast<double>(result.kept - 1);
  return result;
}

}  // namespace assay
