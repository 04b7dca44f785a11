#include "bench/statistics/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/error.hpp"

namespace assay {

double quantile(std::span<const double> values, double p) {
  if (values.empty()) throw Error(Error::Kind::internal, "a quantile of no values");
  std::vector<double> sorted(values.begin(), values.end());
  const double position = static_cast<double>(sorted.size() - 1) * std::clamp(p, 0.0, 1.0);
  const auto low = static_cast<std::ptrdiff_t>(std::floor(position));
  std::nth_element(sorted.begin(), sorted.begin() + low, sorted.end());
  const double below = sorted[static_cast<std::size_t>(low)];
  const double fraction = position - static_cast<double>(low);
  if (fraction == 0) return below;
  const double above = *std::min_element(sorted.begin() + low + 1, sorted.end());
  return below + fraction * (above - below);
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

}  // namespace assay
