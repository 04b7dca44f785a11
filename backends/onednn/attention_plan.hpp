// How the work of an attention is divided among threads; what all implementations of ours share.
#pragma once

#include <span>
#include <vector>

#include "backends/backend.hpp"
#include "backends/onednn/attention_block.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {

// One unit of work of a KV head: rows against some of the keys. Rows of a KV head are those of all
// its query heads, one head after the other.
struct AttentionUnit {
  std::int64_t first_row = 0, rows = 0;
  std::int64_t first_key = 0, end_key = 0;
  std::int64_t split = 0;  // which part of the keys
};

struct AttentionPlan {
  int threads = 1;
  Arithmetic arithmetic = Arithmetic::floats;
  std::int64_t rows = 0;             // of a KV head
  std::int64_t splits = 1;           // parts of the keys, whose results must be merged
  std::vector<AttentionUnit> units;  // of one KV head; those with the most keys first
  bool packs = false;                // K and V are packed before the units begin,
  std::int64_t heads_at_once = 0;    // those of so many KV heads
};

// `may_split`: whether keys may be divided, too.
[[nodiscard]] AttentionPlan plan_attention(const AttentionShape& shape, bool may_split = true);

// Where the tensors lie.
struct AttentionTensors {
  const std::byte* q = nullptr;
  const std::byte* k = nullptr;
  const std::byte* v = nullptr;
  const float* k_scale = nullptr;  // for kv_dtype:s8 only; also v_scale
  const float* v_scale = nullptr;
  std::byte* out = nullptr;
};
[[nodiscard]] AttentionTensors attention_tensors(const Problem& problem,
                                                 std::span<Buffer* const> buffers);

}  // namespace assay::onednn
