// What implementations that add a mask to a whole score matrix share.
#pragma once

#include <vector>

#include "backends/backend.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {

// [rows, kv]: 0 where row i % q sees the key, and else a finite number that no logit outweighs.
[[nodiscard]] std::vector<float> causal_mask(const AttentionShape& shape, std::int64_t rows);

// Whether softmax over a masked matrix of oneDNN can compute the problem: not a KV cache of another
// type, nor rows that see no key.
[[nodiscard]] Support supports_whole_scores(const AttentionShape& shape);

// Whether that many bytes of matrices fit the memory that is free.
[[nodiscard]] Support fits_memory(std::size_t bytes);

}  // namespace assay::onednn
