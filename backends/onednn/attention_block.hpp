// One block of query rows against the keys of a KV head: the unit of work of attention.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/dtype.hpp"

namespace assay::onednn {

// Most rows of a block.
inline constexpr std::int64_t block_rows = 64;
// Keys of a tile where a mask may cut it, and where nothing does.
inline constexpr std::int64_t masked_tile_keys = 64;
inline constexpr std::int64_t tile_keys = 128;
// Blocks of up to this many rows go to attend_rows.
inline constexpr std::int64_t few_rows = 8;
// Keys of its tile: all its keys are read, then all its values. Both are read as they lie in memory, and
// what fetches ahead of reading starts anew wherever reading doesn't go on in order.
inline constexpr std::int64_t few_keys = 1024;

// What the products are computed with. Sums, softmax and the output's sum are f32 always.
enum class Arithmetic : std::uint8_t {
  floats,     // everything converted to f32
  bf16_pairs  // dot products of two bf16 into one f32; probabilities are rounded to bf16
};
// Whether this processor, as far as it may be used, has an instruction for bf16_pairs.
[[nodiscard]] bool has_bf16_pairs();

// Keys and values of a KV head as the products read them, in elements of 4 bytes: an f32, or two
// bf16 of which the first is the lower half.
//   k: [kv, depth] floats, or pairs of neighbours in a row: depth is d or d / 2
//   v: [kv, d] floats, or [kv / 2, d] pairs of rows, the last with a row of zeros if kv is odd
struct KeysValues {
  const void* k = nullptr;
  const void* v = nullptr;
};

struct AttentionBlock {
  DType dtype = DType::f32, kv_dtype = DType::f32;
  Arithmetic arithmetic = Arithmetic::floats;
  std::int64_t rows = 0, d = 0;  // rows: 1 to block_rows
  const std::byte* q = nullptr;  // [rows, d]
  const std::byte* k = nullptr;  // [kv, d] of the KV head; also v
  const std::byte* v = nullptr;
  const float* k_scale = nullptr;  // [kv], for kv_dtype s8 only; also v_scale
  const float* v_scale = nullptr;
  // Where the whole KV head has been packed already; else tiles are packed as they are needed.
  KeysValues packed;
  // Keys that the block may look at, as if there were no others. `first_key` is a multiple of
  // tile_keys.
  std::int64_t first_key = 0, end_key = 0;
  // [block_rows]: row i sees keys [0, visible[i]). What lies behind the rows is ignored.
  const std::int32_t* visible = nullptr;
  float scale = 1;           // of the logits
  std::byte* out = nullptr;  // [rows, d]
  // If set, what of `out` is known so far goes here: [rows, partial_size(d)] floats, in a row the
  // sum of values with unnormalised weights [d], the highest logit in units of log 2, the sum of
  // weights.
  float* partial = nullptr;
};

[[nodiscard]] constexpr std::int64_t partial_size(std::int64_t d) { return d + 2; }

// Two ways to do the same. `scratch` is private to the thread, 64-byte aligned, uninitialised,
// block_scratch(d) floats.
//
// panel: rows lie in the lanes of vectors, so that softmax needs no horizontal operation and K is
// read one broadcast element at a time. For many rows.
void attend_panel(const AttentionBlock& block, float* scratch);
// rows: d lies in the lanes. For a few rows, where lanes of a panel would be idle.
void attend_rows(const AttentionBlock& block, float* scratch);

[[nodiscard]] std::size_t block_scratch(std::int64_t d);

// Packs keys and values [first, first + keys) of the block's KV head to `k` and `v`, which point at
// what is to be key `first`'s; an even `first`. Where the stored form serves as it is (`k` or `v` of
// `stored_form` isn't null), nothing is written.
void pack_keys_values(const AttentionBlock& block, std::int64_t first, std::int64_t keys, void* k,
                      void* v);
[[nodiscard]] KeysValues stored_form(const AttentionBlock& block);
// Bytes of packed keys (values the same at most) of `kv` keys.
[[nodiscard]] std::size_t packed_bytes(const AttentionBlock& block, std::int64_t kv);

// Puts the partial results of one row, `parts` of them `stride` floats apart, together into row
// `out` [d] of the output. `sees_keys`: whether it sees any. `scratch`: d floats.
void merge_partials(const float* partial, std::int64_t parts, std::int64_t stride, std::int64_t d,
                    bool sees_keys, DType dtype, std::byte* out, float* scratch);

}  // namespace assay::onednn
