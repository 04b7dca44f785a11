// One block of query rows against all keys of a KV head: the unit of work of attention.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/dtype.hpp"

namespace assay::onednn {

// Most rows of a block, and the keys of a tile.
inline constexpr std::int64_t block_rows = 64;
inline constexpr std::int64_t tile_keys = 64;

struct AttentionBlock {
  DType dtype = DType::f32, kv_dtype = DType::f32;
  std::int64_t rows = 0, d = 0;  // rows: 1 to block_rows
  const std::byte* q = nullptr;  // [rows, d]
  const std::byte* k = nullptr;  // [kv, d] of the KV head; also v
  const std::byte* v = nullptr;
  const float* k_scale = nullptr;  // [kv], for kv_dtype s8 only; also v_scale
  const float* v_scale = nullptr;
  std::byte* out = nullptr;  // [rows, d]
  // [block_rows]: row i sees keys [0, visible[i]). What lies behind the rows is ignored.
  const std::int32_t* visible = nullptr;
  float scale = 1;  // of the logits
};

// Two ways to do the same. `scratch` is private to the thread, 64-byte aligned, uninitialised,
// block_scratch(d) floats.
//
// panel: rows lie in the lanes of vectors, so that softmax needs no horizontal operation and K and
// V are read as they are stored, one broadcast element at a time. For many rows.
void attend_panel(const AttentionBlock& block, float* scratch);
// rows: d lies in the lanes. For a few rows, where lanes of a panel would be idle.
void attend_rows(const AttentionBlock& block, float* scratch);

[[nodiscard]] std::size_t block_scratch(std::int64_t d);

// Blocks of up to this many rows go to attend_rows.
inline constexpr std::int64_t few_rows = 4;

}  // namespace assay::onednn
