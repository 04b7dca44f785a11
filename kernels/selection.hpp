// Helpers for choosing the output elements that a sampled check looks at.
#pragma once

#include <cstdint>
#include <vector>

namespace assay {

// Sorts and removes duplicates.
void make_unique_sorted(std::vector<std::int64_t>& indices);

// 0, 1, …, size - 1.
[[nodiscard]] std::vector<std::int64_t> every_index(std::int64_t size);

// Of `size` elements in a row all, or at least `count` with the borders of tiles among them, the rest
// drawn by `seed`; sorted.
[[nodiscard]] std::vector<std::int64_t> select_of_row(std::int64_t size, std::uint64_t seed,
                                                      std::int64_t count);

}  // namespace assay
