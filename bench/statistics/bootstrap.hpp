// Intervals by drawing runs again.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bench/statistics/estimate.hpp"

namespace assay {

struct BootstrapOptions {
  double confidence = 0.95;
  int resamples = 2000;
  std::uint64_t seed = 1;
};

// The percentile interval (Efron, "Bootstrap methods: another look at the jackknife", Ann. Stat. 7,
// 1979) of statistic(median of group 1, median of group 2, …): each group of independent runs is
// drawn again with replacement on its own. A group of one run has no spread of its own. The same
// seed gives the same interval. Internal Error for an empty group.
[[nodiscard]] Estimate bootstrap_of_medians(
    std::span<const std::vector<double>> groups,
    const std::function<double(std::span<const double>)>& statistic,
    const BootstrapOptions& options = {});

// The same with the statistic of every resample, in the order they were drawn.
struct Resampled {
  Estimate estimate;
  std::vector<double> values;
};
[[nodiscard]] Resampled resampled_medians(
    std::span<const std::vector<double>> groups,
    const std::function<double(std::span<const double>)>& statistic,
    const BootstrapOptions& options = {});

// median(b) / median(a).
[[nodiscard]] Estimate bootstrap_ratio(std::span<const double> a, std::span<const double> b,
                                       const BootstrapOptions& options = {});

}  // namespace assay
