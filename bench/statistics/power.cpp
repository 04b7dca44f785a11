#include "bench/statistics/power.hpp"

#include <boost/math/distributions/non_central_t.hpp>
#include <cmath>
#include <limits>

#include "bench/statistics/sign_flip.hpp"
#include "bench/statistics/t_statistic.hpp"

namespace assay {

double paired_power(double effect, double noise, std::size_t blocks, double level) {
  if (blocks < 2 || blocks < fewest_blocks(level)) return 0;
  if (!(noise > 0)) return effect > 0 ? 1 : 0;
  const auto n = static_cast<double>(blocks);
  const double critical = TStatistic{0, 1, n - 1}.upper_bound(level);
  const double shift = effect * std::sqrt(n) / noise;
  // Far from the critical value the answer is plain, and the series of the noncentral t is slow.
  if (shift > critical + 12) return 1;
  if (shift < critical - 40) return 0;
  return cdf(complement(boost::math::non_central_t(n - 1, shift), critical));
}

std::size_t blocks_needed(double effect, double noise, double level, double power,
                          std::size_t most) {
  std::size_t low = 2;
  std::size_t high = most + 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (paired_power(effect, noise, middle, level) >= power) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

double visible_effect(double noise, std::size_t blocks, double level, double power) {
  if (blocks < 2 || blocks < fewest_blocks(level)) return std::numeric_limits<double>::infinity();
  if (!(noise > 0)) return 0;
  double low = 0;
  double high = noise;
  while (paired_power(high, noise, blocks, level) < power) high *= 2;
  for (int i = 0; i < 60 && high - low > 1e-9 * high; ++i) {
    const double middle = (low + high) / 2;
    (paired_power(middle, noise, blocks, level) < power ? low : high) = middle;
  }
  return high;
}

}  // namespace assay
