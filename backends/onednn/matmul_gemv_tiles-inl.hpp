// What weight-only products share: types, scales of groups, tiles over a block. Compiled once for each
// instruction set; included by files that Highway's foreach_target.h compiles.

// Highway's include guard: once per target, not once.
#if defined(ASSAY_ONEDNN_MATMUL_GEMV_TILES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ONEDNN_MATMUL_GEMV_TILES_INL
#undef ASSAY_ONEDNN_MATMUL_GEMV_TILES_INL
#else
#define ASSAY_ONEDNN_MATMUL_GEMV_TILES_INL
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "backends/onednn/dot-inl.hpp"
#include "backends/onednn/matmul_gemv_block.hpp"
#include "backends/onednn/matmul_nibbles.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 16 lanes at most: a plane of nibbles.
using Floats = hn::CappedTag<float, nibble_lanes>;
using Vector = hn::Vec<Floats>;
using Integers = hn::RebindToSigned<Floats>;
using Unsigned = hn::RebindToUnsigned<Floats>;
constexpr std::int64_t signed_of(std::size_t i) { return static_cast<std::int64_t>(i); }

inline constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// Scales and zero points of a tile's columns, `gap` apart, as floats and integers, [kColumns, groups].
// The next tile's are asked for.
template <std::size_t kColumns>
HWY_INLINE void expand_groups(const GemvShape& shape, const GemvBlock& block, std::int64_t column,
                              std::int64_t gap) {
  const hn::Rebind<hwy::float16_t, Floats> half;
  const std::int64_t groups = shape.groups;
  for (std::int64_t j = 0; j < signed_of(kColumns); ++j) {
    const std::int64_t first = (column + j * gap) * groups;
    const auto* const scales = reinterpret_cast<const hwy::float16_t*>(block.b_scale + first);
    float* const to = block.group_scale + j * groups;
    std::int64_t i = 0;
    for (; i + lanes <= groups; i += lanes) {
      ask_ahead<2 * lanes>(reinterpret_cast<const std::byte*>(scales + groups + i));
      hn::StoreU(hn::PromoteTo(Floats(), hn::LoadU(half, scales + i)), Floats(), to + i);
    }
    if (i < groups) {
      const auto rest = static_cast<std::size_t>(groups - i);
      hn::StoreN(hn::PromoteTo(Floats(), hn::LoadN(half, scales + i, rest)), Floats(), to + i,
                 rest);
    }
    if (block.b_zero_point == nullptr) continue;
    const std::uint8_t* const zeros = block.b_zero_point + first;
    const auto bias = static_cast<std::int32_t>(shape.zero_bias);
    for (i = 0; i < groups; ++i) block.group_zero[j * groups + i] = zeros[i] + bias;
  }
}

template <std::size_t kRows, std::size_t kColumns>
HWY_INLINE void store_totals(const GemvBlock& block, std::int64_t row, std::int64_t column,
                             std::int64_t gap, const Vector (&totals)[kRows][kColumns]) {
  HWY_UNROLL(16)
  for (std::size_t i = 0; i < kRows; ++i) {
    HWY_UNROLL(16)
    for (std::size_t j = 0; j < kColumns; ++j) {
      block.sums[(row + signed_of(i)) * gemv_columns + column + signed_of(j) * gap] =
          hn::ReduceSum(Floats(), totals[i][j]);
    }
  }
}

template <std::size_t kRows, std::size_t kColumns>
HWY_INLINE void clear(Vector (&sums)[kRows][kColumns]) {
  HWY_UNROLL(16)
  for (auto& row : sums) {
    HWY_UNROLL(16)
    for (auto& each : row) each = hn::Zero(Floats());
  }
}

// A tile class has run<kZeros, kRows, kColumns>(shape, block, row, column, gap), the sums of a tile whose
// columns are `gap` apart. Not inline: compilers took twice the time for all tiles of a kernel at once.
template <class Tile, bool kZeros, std::size_t kColumns>
HWY_NOINLINE void run_rows(const GemvShape& shape, const GemvBlock& block, std::int64_t column,
                           std::int64_t gap) {
  expand_groups<kColumns>(shape, block, column, gap);
  std::int64_t row = 0;
  if constexpr (kColumns == 4) {
    for (; row + 4 <= block.rows; row += 4) {
      Tile::template run<kZeros, 4, kColumns>(shape, block, row, column, gap);
    }
  }
  if constexpr (kColumns > 1) {
    for (; row + 2 <= block.rows; row += 2) {
      Tile::template run<kZeros, 2, kColumns>(shape, block, row, column, gap);
    }
  }
  for (; row < block.rows; ++row) {
    Tile::template run<kZeros, 1, kColumns>(shape, block, row, column, gap);
  }
}

// Columns from `column` on in tiles of kColumns; returns the first that is left. Each column of a tile
// begins where that of the tile before ended: so memory sees kColumns long streams.
template <class Tile, bool kZeros, std::size_t kColumns>
HWY_INLINE std::int64_t run_tiles(const GemvShape& shape, const GemvBlock& block,
                                  std::int64_t column) {
  constexpr std::int64_t width = signed_of(kColumns);
  const std::int64_t gap = (block.columns - column) / width;
  for (std::int64_t j = 0; j < gap; ++j) {
    run_rows<Tile, kZeros, kColumns>(shape, block, column + j, gap);
  }
  return column + gap * width;
}

template <class Tile>
HWY_INLINE void run_columns(const GemvShape& shape, const GemvBlock& block) {
  std::int64_t column = 0;
  if (block.b_zero_point != nullptr) {
    column = run_tiles<Tile, true, 4>(shape, block, column);
    run_tiles<Tile, true, 1>(shape, block, column);
    return;
  }
  // With few rows and 32 registers there is room for more columns, each a stream from memory.
  if constexpr (lanes >= 16) {
    if (block.rows <= 2)
      column = run_tiles<Tile, false, std::size_t{gemv_tile}>(shape, block, column);
  }
  column = run_tiles<Tile, false, 4>(shape, block, column);
  run_tiles<Tile, false, 1>(shape, block, column);
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
