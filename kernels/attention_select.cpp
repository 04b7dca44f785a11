#include <algorithm>

#include "kernels/attention.hpp"
#include "kernels/attention_reference.hpp"
#include "kernels/fill.hpp"
#include "kernels/random.hpp"
#include "kernels/selection.hpp"

namespace assay {

// Whole rows, since a row costs the same as one of its elements: the border rows of the first and the
// last head, those of the causal diagonal among them, one border row of every other head, and random
// ones.
std::vector<std::int64_t> select_attention(const Problem& problem, std::uint64_t seed,
                                           std::int64_t count) {
  const AttentionShape s = attention_shape(problem);
  const std::int64_t total = problem.output().elements();
  if (total <= count) return every_index(total);
  const std::int64_t heads = s.batch * s.heads;
  std::uint64_t drawn = 0;
  const auto below = [&](std::int64_t size) {
    return static_cast<std::int64_t>(uniform(random_bits(seed, 2000, drawn++)) *
                                     static_cast<double>(size));
  };
  std::vector<std::int64_t> borders = tile_borders(s.q);
  if (s.causal) {
    // Rows whose last visible key is at a border of the keys' tiles, and the first that sees any.
    for (const std::int64_t key : tile_borders(s.kv)) {
      const std::int64_t row = key + s.q - s.kv;
      if (row >= 0 && row < s.q) borders.push_back(row);
    }
    if (s.q > s.kv) borders.push_back(s.q - s.kv - 1);
    make_unique_sorted(borders);
  }
  std::vector<std::int64_t> rows;
  for (const std::int64_t border : borders) {
    rows.push_back(border);
    rows.push_back((heads - 1) * s.q + border);
  }
  for (std::int64_t head = 0; head < heads; ++head) {
    rows.push_back(head * s.q + borders[static_cast<std::size_t>(head) % borders.size()]);
  }
  make_unique_sorted(rows);
  const std::int64_t needed = std::min(heads * s.q, (count + s.d - 1) / s.d);
  while (static_cast<std::int64_t>(rows.size()) < needed) {
    const std::int64_t missing = needed - static_cast<std::int64_t>(rows.size());
    for (std::int64_t n = 0; n < missing; ++n) rows.push_back(below(heads * s.q));
    make_unique_sorted(rows);
  }
  std::vector<std::int64_t> chosen;
  chosen.reserve(rows.size() * static_cast<std::size_t>(s.d));
  for (const std::int64_t row : rows) {
    for (std::int64_t c = 0; c < s.d; ++c) chosen.push_back(row * s.d + c);
  }
  return chosen;
}

}  // namespace assay
