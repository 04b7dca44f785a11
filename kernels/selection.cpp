#include "kernels/selection.hpp"

#include <algorithm>
#include <numeric>

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

}  // namespace assay
