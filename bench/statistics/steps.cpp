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

// Values before the step, near which ranks found it.
std::size_t locate(std::span<const double> values, std::size_t near, std::size_t shortest) {
  const double before = median(values.first(near));
  const double after = median(values.subspan(near));
  std::vector<double> deviations(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    deviations[i] = std::abs(values[i] - (i < near ? before : after));
  }
  const double reach = 3 * 1.4826 * median(deviations);
  const double low = std::min(before, after) - reach;
  const double high = std::max(before, after) + reach;
  double total = 0;
  for (const double value : values) total += std::clamp(value, low, high);
  const auto n = static_cast<double>(values.size());
  std::size_t best = near;
  double largest = -1;
  double sum = 0;
  for (std::size_t t = 1; t + shortest <= values.size(); ++t) {
    sum += std::clamp(values[t - 1], low, high);
    if (t < shortest) continue;
    const auto size = static_cast<double>(t);
    // The sum of squares that two means explain.
    const double explained = std::pow(sum - total * size / n, 2) / (size * (n - size));
    if (explained > largest) {
      largest = explained;
      best = t;
    }
  }
  return best;
}

std::optional<Step> strongest_step(std::span<const double> values, const StepOptions& options) {
  if (values.size() < 2 * options.shortest) return std::nullopt;
  const std::vector<double> ranks = mid_ranks(values);
  const Split found = largest_split(ranks, options.shortest);
  const std::size_t block = std::clamp<std::size_t>(values.size() / 24, 1, options.block);
  std::size_t extreme = 0;
  const auto limit = static_cast<std::size_t>(
      std::floor(options.level * static_cast<double>(options.permutations + 1)));
  for (std::size_t i = 0; i < options.permutations; ++i) {
    const std::vector<double> shuffled = permuted(ranks, block, options.seed, i);
    if (largest_split(shuffled, options.shortest).z >= found.z - 1e-9) ++extreme;
    if (extreme >= limit) return std::nullopt;
  }
  const double p = static_cast<double>(extreme + 1) / static_cast<double>(options.permutations + 1);
  return Step{locate(values, found.size, options.shortest) - 1, 0, p};
}

void search(std::span<const double> values, std::size_t offset, const StepOptions& options,
            std::vector<Step>& steps) {
  const std::optional<Step> step = strongest_step(values, options);
  if (!step) return;
  const std::size_t size = step->before + 1;
  search(values.first(size), offset, options, steps);
  steps.push_back({offset + step->before, 0, step->p});
  search(values.subspan(size), offset + size, options, steps);
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
