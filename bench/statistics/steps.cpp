#include "bench/statistics/steps.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "bench/statistics/quantile.hpp"
#include "bench/statistics/ranks.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

// A range of places holds the true one with 95 % where the likelihood at its ends is less than the
// highest by a factor of e^x, (1 - e^-x)^2 = 0.95.
constexpr double location_bound = 3.68;

struct Split {
  std::size_t size = 0;  // values before it
  double z = 0;
};

Split largest_split(std::span<const double> ranks, std::size_t shortest) {
  const auto n = static_cast<double>(ranks.size());
  Split best;
  double sum = 0;
  for (std::size_t t = 1; t + shortest <= ranks.size(); ++t) {
    sum += ranks[t - 1];
    if (t < shortest) continue;
    const auto size = static_cast<double>(t);
    const double variance = size * (n - size) * (n + 1) / 12;
    const double z = std::abs(sum - size * (n + 1) / 2) / std::sqrt(variance);
    if (z > best.z) best = {t, z};
  }
  return best;
}

// Where values differ from those before and after them.
struct Stay {
  std::size_t first = 0;
  std::size_t last = 0;  // one past
  double z = 0;
};

// Ends lie `stride` apart in long series, so that the search stays short.
Stay largest_stay(std::span<const double> ranks, const StepOptions& options) {
  const std::size_t size = ranks.size();
  const auto n = static_cast<double>(size);
  const std::size_t stride = 1 + size / 256;
  std::vector<double> sums(size + 1, 0.0);
  for (std::size_t i = 0; i < size; ++i) sums[i + 1] = sums[i] + ranks[i] - (n + 1) / 2;
  Stay best;
  for (std::size_t i = options.shortest; i + options.shortest <= size; i += stride) {
    for (std::size_t j = i + options.shortest_stay; j + options.shortest <= size; j += stride) {
      const auto length = static_cast<double>(j - i);
      // Squared: a root for every pair would cost more than the rest.
      const double sum = sums[j] - sums[i];
      const double z = sum * sum / (length * (n - length));
      if (z > best.z) best = {i, j, z};
    }
  }
  return best;
}

// Of the permutation: shorter where a segment has too few blocks.
std::size_t block_of(std::size_t size, const StepOptions& options) {
  return std::clamp<std::size_t>(size / 24, 1, options.block);
}

// The values with their blocks in another order; the first block is the one that may be short.
std::vector<double> permuted(std::span<const double> values, std::size_t block, std::uint64_t seed,
                             std::uint64_t stream) {
  const std::size_t blocks = (values.size() + block - 1) / block;
  const std::size_t missing = blocks * block - values.size();
  std::vector<std::size_t> order(blocks);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = blocks; i > 1; --i) {
    const double u = uniform(random_bits(seed, stream, i));
    std::swap(order[i - 1], order[static_cast<std::size_t>(u * static_cast<double>(i))]);
  }
  std::vector<double> result;
  result.reserve(values.size());
  for (const std::size_t b : order) {
    const std::size_t first = b == 0 ? 0 : b * block - missing;
    const std::size_t last = (b + 1) * block - missing;
    result.insert(result.end(), values.begin() + static_cast<std::ptrdiff_t>(first),
                  values.begin() + static_cast<std::ptrdiff_t>(last));
  }
  return result;
}

// Values before a step: the likeliest number of them, and the range that isn't unlikely.
struct Place {
  std::size_t best = 0;
  std::size_t earliest = 0;
  std::size_t latest = 0;
};

// Near which ranks found it.
Place locate(std::span<const double> values, std::size_t near, std::size_t shortest) {
  const double before = median(values.first(near));
  const double after = median(values.subspan(near));
  std::vector<double> deviations(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    deviations[i] = std::abs(values[i] - (i < near ? before : after));
  }
  const double reach = 3 * 1.4826 * median(deviations);
  const double low = std::min(before, after) - reach;
  const double high = std::max(before, after) + reach;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += std::clamp(value, low, high) / n;
  double squares = 0;
  for (const double value : values) squares += std::pow(std::clamp(value, low, high) - mean, 2);
  // Of each place: the sum of squares that two means explain.
  std::vector<double> explained(values.size(), -1.0);
  double sum = 0;
  for (std::size_t t = 1; t + shortest <= values.size(); ++t) {
    sum += std::clamp(values[t - 1], low, high) - mean;
    if (t < shortest) continue;
    const auto size = static_cast<double>(t);
    explained[t] = sum * sum * n / (size * (n - size));
  }
  const auto top = std::ranges::max_element(explained);
  Place place;
  place.best = place.earliest = place.latest = static_cast<std::size_t>(top - explained.begin());
  const double rest = std::max(squares - *top, 0.0);
  // Steps without noise have one place.
  if (!(rest > 1e-12 * squares)) return place;
  for (std::size_t t = 0; t < explained.size(); ++t) {
    if (explained[t] < 0 || n / 2 * std::log((squares - explained[t]) / rest) > location_bound) {
      continue;
    }
    place.earliest = std::min(place.earliest, t);
    place.latest = std::max(place.latest, t);
  }
  return place;
}

// How often the largest of permuted values reaches what was found; nothing where that is too often.
template <class Largest>
std::optional<double> chance(std::span<const double> ranks, double found, double level,
                             const StepOptions& options, const Largest& largest) {
  const std::size_t block = block_of(ranks.size(), options);
  const auto all = static_cast<double>(options.permutations + 1);
  const auto limit = static_cast<std::size_t>(std::floor(level * all));
  std::size_t extreme = 0;
  for (std::size_t i = 0; i < options.permutations; ++i) {
    if (largest(permuted(ranks, block, options.seed, i)) >= found * (1 - 1e-12)) ++extreme;
    if (extreme >= limit) return std::nullopt;
  }
  return static_cast<double>(extreme + 1) / all;
}

// The strongest step, or else the two ends of the strongest stay.
struct Ends {
  std::vector<Place> places;
  double p = 1;
};

Ends strongest(std::span<const double> values, const StepOptions& options) {
  if (values.size() < 2 * options.shortest) return {};
  const std::vector<double> ranks = mid_ranks(values);
  const Split split = largest_split(ranks, options.shortest);
  if (const auto p = chance(ranks, split.z, options.level, options, [&](const auto& shuffled) {
        return largest_split(shuffled, options.shortest).z;
      })) {
    return {{locate(values, split.size, options.shortest)}, *p};
  }
  if (block_of(values.size(), options) < 2) return {};
  const Stay stay = largest_stay(ranks, options);
  const auto p = chance(ranks, stay.z, options.stay_level, options,
                        [&](const auto& shuffled) { return largest_stay(shuffled, options).z; });
  if (!p) return {};
  // Each end by what lies on its two sides, up to the other end.
  const Place first = locate(values.first(stay.last), stay.first, options.shortest);
  Place last = locate(values.subspan(first.best), stay.last - first.best, options.shortest);
  for (std::size_t* each : {&last.best, &last.earliest, &last.latest}) *each += first.best;
  return {{first, last}, *p};
}

void search(std::span<const double> values, std::size_t offset, const StepOptions& options,
            std::vector<Step>& steps) {
  const Ends found = strongest(values, options);
  std::size_t from = 0;
  for (const Place& place : found.places) {
    search(values.subspan(from, place.best - from), offset + from, options, steps);
    steps.push_back({offset + place.best - 1, 0, found.p, offset + place.earliest - 1,
                     offset + place.latest - 1});
    from = place.best;
  }
  if (!found.places.empty()) search(values.subspan(from), offset + from, options, steps);
}

double shift(std::span<const double> before, std::span<const double> after) {
  std::vector<double> differences;
  differences.reserve(before.size() * after.size());
  for (const double b : before) {
    for (const double a : after) differences.push_back(a - b);
  }
  const auto middle = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2);
  std::nth_element(differences.begin(), middle, differences.end());
  if (differences.size() % 2 == 1) return *middle;
  return std::midpoint(*middle, *std::max_element(differences.begin(), middle));
}

}  // namespace

std::vector<Step> find_steps(std::span<const double> values, const StepOptions& options) {
  std::vector<Step> steps;
  search(values, 0, options, steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t first = i == 0 ? 0 : steps[i - 1].before + 1;
    const std::size_t middle = steps[i].before + 1;
    const std::size_t last = i + 1 < steps.size() ? steps[i + 1].before + 1 : values.size();
    steps[i].change =
        shift(values.subspan(first, middle - first), values.subspan(middle, last - middle));
  }
  return steps;
}

}  // namespace assay
