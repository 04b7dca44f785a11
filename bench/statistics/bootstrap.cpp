#include "bench/statistics/bootstrap.hpp"

#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

std::vector<double> drawn_again(const std::vector<double>& runs, std::uint64_t seed,
                                std::uint64_t stream, std::uint64_t first) {
  std::vector<double> drawn(runs.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const double u = uniform(random_bits(seed, stream, first + i));
    drawn[i] = runs[static_cast<std::size_t>(u * static_cast<double>(runs.size()))];
  }
  return drawn;
}

}  // namespace

Resampled resampled_medians(std::span<const std::vector<double>> groups,
                            const std::function<double(std::span<const double>)>& statistic,
                            const BootstrapOptions& options) {
  std::vector<double> medians;
  for (const std::vector<double>& group : groups) {
    if (group.empty()) throw Error(Error::Kind::internal, "a bootstrap of no runs");
    medians.push_back(median(group));
  }
  Resampled result;
  result.estimate.value = statistic(medians);
  for (int r = 0; r < options.resamples; ++r) {
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto first = static_cast<std::uint64_t>(r) * groups[g].size();
      medians[g] = median(drawn_again(groups[g], options.seed, g, first));
    }
    result.values.push_back(statistic(medians));
  }
  result.estimate.low = quantile(result.values, (1 - options.confidence) / 2);
  result.estimate.high = quantile(result.values, (1 + options.confidence) / 2);
  return result;
}

Estimate bootstrap_of_medians(std::span<const std::vector<double>> groups,
                              const std::function<double(std::span<const double>)>& statistic,
                              const BootstrapOptions& options) {
  return resampled_medians(groups, statistic, options).estimate;
}

Estimate bootstrap_ratio(std::span<const double> a, std::span<const double> b,
                         const BootstrapOptions& options) {
  const std::vector<std::vector<double>> groups = {{a.begin(), a.end()}, {b.begin(), b.end()}};
  return bootstrap_of_medians(
      groups, [](std::span<const double> m) { return m[1] / m[0]; }, options);
}

}  // namespace assay
