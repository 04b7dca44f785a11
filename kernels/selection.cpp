#include "kernels/selection.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/fill.hpp"
#include "kernels/random.hpp"

namespace assay {

void make_unique_sorted(std::vector<std::int64_t>& indices) {
  std::ranges::sort(indices);
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
}

std::vector<std::int64_t> every_index(std::int64_t size) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(size));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

std::vector<std::int64_t> select_of_row(std::int64_t size, std::uint64_t seed, std::int64_t count) {
  if (size <= count) return every_index(size);
  std::vector<std::int64_t> chosen = tile_borders(size);
  for (std::uint64_t drawn = 0; static_cast<std::int64_t>(chosen.size()) < count;) {
    for (std::int64_t i = static_cast<std::int64_t>(chosen.size()); i < count; ++i) {
      chosen.push_back(static_cast<std::int64_t>(uniform(random_bits(seed, 2000, drawn++)) *
                                                 static_cast<double>(size)));
    }
    make_unique_sorted(chosen);
  }
  return chosen;
}

}  // namespace assay
