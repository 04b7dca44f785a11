#include <algorithm>

#include "kernels/fill.hpp"
#include "kernels/matmul.hpp"
#include "kernels/matmul_reference.hpp"
#include "kernels/random.hpp"
#include "kernels/selection.hpp"

namespace assay {

std::vector<std::int64_t> select_matmul(const Problem& problem, std::uint64_t seed,
                                        std::int64_t count) {
  const MatmulShape s = matmul_shape(problem);
  const std::int64_t total = problem.output().elements();
  if (total <= count) return every_index(total);
  std::uint64_t drawn = 0;
  const auto below = [&](std::int64_t size) {
    return static_cast<std::int64_t>(uniform(random_bits(seed, 2000, drawn++)) *
                                     static_cast<double>(size));
  };
  std::vector<std::int64_t> chosen;
  const auto add = [&](std::int64_t batch, std::int64_t i, std::int64_t j) {
    chosen.push_back((batch * s.m + i) * s.n + j);
  };
  // Every crossing of the borders, in one batch entry each.
  for (const std::int64_t i : tile_borders(s.m)) {
    for (const std::int64_t j : tile_borders(s.n)) add(below(s.batch), i, j);
  }
  // Along the first and last row and column, and the corners of every batch entry.
  for (std::int64_t n = 0; n < count / 16; ++n) {
    add(below(s.batch), 0, below(s.n));
    add(below(s.batch), s.m - 1, below(s.n));
    add(below(s.batch), below(s.m), 0);
    add(below(s.batch), below(s.m), s.n - 1);
  }
  for (std::int64_t batch = 0; batch < s.batch; ++batch) {
    add(batch, 0, 0);
    add(batch, s.m - 1, s.n - 1);
    add(batch, below(s.m), below(s.n));
  }
  make_unique_sorted(chosen);
  while (static_cast<std::int64_t>(chosen.size()) < count) {
    const std::int64_t missing = count - static_cast<std::int64_t>(chosen.size());
    for (std::int64_t n = 0; n < missing; ++n) add(below(s.batch), below(s.m), below(s.n));
    make_unique_sorted(chosen);
  }
  return chosen;
}

}  // namespace assay
