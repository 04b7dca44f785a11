#include "bench/statistics/holm.hpp"

#include <algorithm>
#include <numeric>

namespace assay {

std::vector<HolmStep> holm(std::span<const double> p, double family_level) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<HolmStep> steps(p.size());
  double adjusted = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto remaining = static_cast<double>(order.size() - rank);
    adjusted = std::max(adjusted, std::min(1.0, remaining * p[order[rank]]));
    steps[order[rank]] = {adjusted, family_level / remaining, adjusted <= family_level};
  }
  return steps;
}

}  // namespace assay
