#include "bench/parallelism/pairs.hpp"

#include <algorithm>

namespace assay {

std::vector<ProcessorPair> candidate_pairs(std::span<const std::int64_t> processors,
                                           std::span<const ProcessorPair> reported,
                                           std::size_t most) {
  std::vector<ProcessorPair> pairs;
  const auto add = [&](std::int64_t first, std::int64_t second) {
    const ProcessorPair pair = std::minmax(first, second);
    const bool known = std::ranges::find(pairs, pair) != pairs.end();
    if (first != second && !known && pairs.size() < most) pairs.push_back(pair);
  };
  const std::size_t n = processors.size();
  // Half of the room, so that a system that reports wrongly is found out.
  for (std::size_t i = 0; i < reported.size() && pairs.size() < (most + 1) / 2; ++i) {
    add(reported[i].first, reported[i].second);
  }
  for (std::size_t i = 0; i < n / 2; ++i) {
    add(processors[i], processors[i + n / 2]);
    add(processors[2 * i], processors[2 * i + 1]);
  }
  for (std::size_t i = 1; i < n; ++i) add(processors[0], processors[i]);
  return pairs;
}

}  // namespace assay
