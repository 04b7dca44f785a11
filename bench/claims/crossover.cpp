#include "bench/claims/crossover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

struct Passing {
  double at = 0;
  int times = 0;
};

// Of the first passing. Without any: 0 where the whole curve already lies on the far side, as seen from
// a curve that rises (falls), infinity where it stays on the near one.
Passing passing(std::span<const SizedRatio> points, std::span<const double> ratios,
                double threshold, bool rises) {
  Passing result;
  const auto beyond = [&](double ratio) { return ratio > threshold; };
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    if (beyond(ratios[i]) == beyond(ratios[i + 1])) continue;
    if (++result.times > 1) continue;
    const double share = std::log(threshold / ratios[i]) / std::log(ratios[i + 1] / ratios[i]);
    result.at = points[i].size * std::pow(points[i + 1].size / points[i].size, share);
  }
  if (result.times == 0) result.at = beyond(ratios.front()) == rises ? 0 : never;
  return result;
}

}  // namespace

std::optional<Crossover> crossover(std::vector<SizedRatio> points, double threshold, double slack) {
  if (points.size() < 2) return std::nullopt;
  std::ranges::sort(points, {}, &SizedRatio::size);
  std::vector<double> ratios;
  std::size_t resamples = points.front().resamples.size();
  for (const SizedRatio& point : points) {
    if (!(point.size > 0) || !(point.ratio > 0)) return std::nullopt;
    ratios.push_back(point.ratio);
    resamples = std::min(resamples, point.resamples.size());
  }
  const bool rises = ratios.back() > ratios.front();
  const Passing found = passing(points, ratios, threshold, rises);
  if (found.times != 1 || resamples == 0) return std::nullopt;
  Crossover result{found.at, never, 0};
  for (const double factor : {1 / slack, slack}) {
    std::vector<double> all;
    for (std::size_t r = 0; r < resamples; ++r) {
      for (std::size_t i = 0; i < points.size(); ++i) ratios[i] = factor * points[i].resamples[r];
      all.push_back(passing(points, ratios, threshold, rises).at);
    }
    // Ranks, because infinity has no neighbour to be interpolated with.
    std::ranges::sort(all);
    const auto rank = [&](double share) {
      return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    };
    result.low = std::min(result.low, rank(0.025));
    result.high = std::max(result.high, rank(0.975));
  }
  return result;
}

std::string crossover_text(const Crossover& crossover, const std::string& key, double smallest,
                           double largest) {
  const std::string low = crossover.low > 0 ? fmt::format("{:.3g}", crossover.low)
                                            : fmt::format("below {:g}", smallest);
  const std::string high = std::isfinite(crossover.high) ? fmt::format("{:.3g}", crossover.high)
                                                         : fmt::format("beyond {:g}", largest);
  return fmt::format("{} = {:.3g} [{}, {}]", key, crossover.at, low, high);
}

}  // namespace assay
