#include "bench/split/efficiency.hpp"

#include "bench/statistics/quantile.hpp"

namespace assay {

double split_efficiency(std::span<const std::vector<double>> alone_s,
                        std::span<const double> together_s) {
  double sum = 0;
  for (const std::vector<double>& each : alone_s) sum += 1 / median(each);
  return 1 / median(together_s) / sum;
}

}  // namespace assay
