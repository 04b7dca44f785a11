// A block of columns of a product with few rows: the unit of work of our own matrix-vector kernels.
// Weights are read once, a row of [n, k] after the other, so that memory sets the pace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/matmul.hpp"

namespace assay::onednn {

// Most rows of a that a pass over the weights serves, and the columns whose sums are kept together.
inline constexpr std::int64_t gemv_rows = 16;
inline constexpr std::int64_t gemv_columns = 256;
// Rows of a are padded to a multiple of this many elements, with zeros.
inline constexpr std::int64_t gemv_step = 128;
// Most columns that are computed together: independent sums that share what is read of a.
inline constexpr std::int64_t gemv_tile = 8;

enum class GemvFormat : std::uint8_t {
  f32,
  f16,      // by conversion to f32
  bf16,     // by bfloat16 dot products, or conversion where there are none
  bytes,    // exact sums of u8 or s8 products
  grouped,  // weight-only: bytes, any group
  nibbles,  // weight-only: planes of 4-bit weights, see pack_nibbles
};

// Everything about the product that isn't a position in it.
struct GemvShape {
  MatmulShape matmul;
  GemvFormat format = GemvFormat::f32;
  std::int64_t padded_k = 0;
  std::int64_t b_stride = 0;          // bytes from one column's weights to the next
  std::int64_t prepared_row = 0;      // bytes of a prepared row of a
  std::int64_t group = 0;             // elements of padded k that share a scale; weight-only
  std::int64_t groups = 0;            // along k, those of the padding too
  std::int64_t zero_bias = 0;         // added to every zero point: 8 for biased s4
  const std::byte* tables = nullptr;  // nibbles: make_nibble_tables
};

// Pointers are to the block's first row or column.
struct GemvBlock {
  std::int64_t rows = 0, columns = 0;          // up to gemv_rows, gemv_columns
  const std::byte* a = nullptr;                // prepared, [rows, prepared_row]
  const std::byte* b = nullptr;                // [columns, b_stride]
  const std::uint16_t* b_scale = nullptr;      // weight-only: f16 [columns, groups]
  const std::uint8_t* b_zero_point = nullptr;  // weight-only, null for none: [columns, groups]
  float* group_scale = nullptr;                // scratch of [gemv_tile, groups]
  std::int32_t* group_zero = nullptr;          // scratch of [gemv_tile, groups]
  // Results, [rows, gemv_columns]: of `bytes` as integers, otherwise as floats.
  float* sums = nullptr;
  std::int32_t* integer_sums = nullptr;
};

// Bytes of a prepared row on the instruction set in use.
[[nodiscard]] std::int64_t gemv_prepared_row(const MatmulShape& shape, GemvFormat format,
                                             std::int64_t padded_k);
// Converts `rows` rows of a from `first_row` on to what the sums read.
void gemv_prepare(const GemvShape& shape, const std::byte* a, std::int64_t first_row,
                  std::int64_t rows, std::byte* prepared);
// Sums of products. gemv_dots: formats without groups; gemv_grouped and gemv_nibbles: theirs.
void gemv_dots(const GemvShape& shape, const GemvBlock& block);
void gemv_grouped(const GemvShape& shape, const GemvBlock& block);
void gemv_nibbles(const GemvShape& shape, const GemvBlock& block);

// What follows the sums: scales, bias, activation, rounding to the output's type.
struct GemvFinish {
  float a_scale = 1;               // integers with float output
  const float* b_scale = nullptr;  // of the block's first column; null: no scales
  const float* bias = nullptr;     // of the block's first column; null: none
  std::byte* out = nullptr;        // first row and column of the block
  std::int64_t out_stride = 0;     // bytes from row to row
};
void gemv_finish(const GemvShape& shape, const GemvBlock& block, const GemvFinish& finish);

// Whether the instruction set in use multiplies 4-bit weights as bfloat16 where activations are.
[[nodiscard]] bool nibbles_as_bf16(DType activations);
// Whether it multiplies pairs of bfloat16, and four bytes, into one sum by one instruction.
[[nodiscard]] bool has_bf16_dots();
[[nodiscard]] bool has_byte_dots();

}  // namespace assay::onednn
