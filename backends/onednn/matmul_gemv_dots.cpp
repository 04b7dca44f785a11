#include <cstring>

#include "backends/onednn/matmul_gemv_block.hpp"
#include "backends/onednn/matmul_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/matmul_gemv_dots.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/dot-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
constexpr std::int64_t signed_of(std::size_t i) { return static_cast<std::int64_t>(i); }

constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// A format of weights: `step` elements are read at once as `Weights`, `Sums` is a vector of partial
// sums. Prepared rows of a are laid out so that whole vectors of them fit what is read.

struct F32 {
  using Sums = Vector;
  using Weights = Vector;
  static constexpr std::int64_t step = lanes;
  static constexpr std::int64_t a_size = sizeof(float);
  static constexpr bool offset = false;
  static HWY_INLINE Sums zero() { return hn::Zero(Floats()); }
  static HWY_INLINE Weights load(const std::byte* row, std::int64_t l) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(row) + l);
  }
  static HWY_INLINE Weights load_part(const std::byte* row, std::int64_t l, std::int64_t count) {
    return hn::LoadN(Floats(), reinterpret_cast<const float*>(row) + l,
                     static_cast<std::size_t>(count));
  }
  using Activations = Vector;
  static HWY_INLINE Activations load_a(const std::byte* row, std::int64_t l) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(row) + l);
  }
  static HWY_INLINE Sums add(Activations a, Weights b, Sums sums) { return hn::MulAdd(a, b, sums); }
};

struct F16 : F32 {
  using Stored = hn::Rebind<hwy::float16_t, Floats>;
  static HWY_INLINE Weights load(const std::byte* row, std::int64_t l) {
    return hn::PromoteTo(Floats(),
                         hn::LoadU(Stored(), reinterpret_cast<const hwy::float16_t*>(row) + l));
  }
  static HWY_INLINE Weights load_part(const std::byte* row, std::int64_t l, std::int64_t count) {
    return hn::PromoteTo(Floats(),
                         hn::LoadN(Stored(), reinterpret_cast<const hwy::float16_t*>(row) + l,
                                   static_cast<std::size_t>(count)));
  }
};

using Words = hn::Repartition<std::uint16_t, Floats>;

#if HWY_NATIVE_DOT_BF16
struct Bf16 {
  using Pairs = hn::Repartition<hwy::bfloat16_t, Floats>;
  using Sums = Vector;
  using Weights = hn::Vec<Pairs>;
  static constexpr std::int64_t step = 2 * lanes;
  static constexpr std::int64_t a_size = sizeof(std::uint16_t);
  static constexpr bool offset = false;
  static HWY_INLINE Sums zero() { return hn::Zero(Floats()); }
  static HWY_INLINE Weights load(const std::byte* row, std::int64_t l) {
    return hn::LoadU(Pairs(), reinterpret_cast<const hwy::bfloat16_t*>(row) + l);
  }
  static HWY_INLINE Weights load_part(const std::byte* row, std::int64_t l, std::int64_t count) {
    return hn::BitCast(Pairs(), hn::LoadN(Words(), reinterpret_cast<const std::uint16_t*>(row) + l,
                                          static_cast<std::size_t>(count)));
  }
  using Activations = Weights;
  static HWY_INLINE Activations load_a(const std::byte* row, std::int64_t l) {
    return load(row, l);
  }
  static HWY_INLINE Sums add(Activations a, Weights b, Sums sums) {
    return dot_bf16(Floats(), a, b, sums);
  }
};
#else
// A bfloat16 is the upper half of a float: even and odd elements of a vector of pairs are a shift
// and a mask away. Prepared rows hold them in that order.
struct Bf16 {
  struct Weights {
    // The compiler's own would not be for the instruction set.
    HWY_INLINE Weights() {}  // NOLINT(modernize-use-equals-default)
    HWY_INLINE Weights(Vector e, Vector o) : even(e), odd(o) {}
    Vector even, odd;
  };
  using Sums = Vector;
  static constexpr std::int64_t step = 2 * lanes;
  static constexpr std::int64_t a_size = sizeof(float);
  static constexpr bool offset = false;
  static HWY_INLINE Sums zero() { return hn::Zero(Floats()); }
  static HWY_INLINE Weights split(hn::Vec<Words> raw) {
    const hn::RebindToUnsigned<Floats> du;
    const auto pairs = hn::BitCast(du, raw);
    return {hn::BitCast(Floats(), hn::ShiftLeft<16>(pairs)),
            hn::BitCast(Floats(), hn::And(pairs, hn::Set(du, 0xffff0000U)))};
  }
  static HWY_INLINE Weights load(const std::byte* row, std::int64_t l) {
    return split(hn::LoadU(Words(), reinterpret_cast<const std::uint16_t*>(row) + l));
  }
  static HWY_INLINE Weights load_part(const std::byte* row, std::int64_t l, std::int64_t count) {
    return split(hn::LoadN(Words(), reinterpret_cast<const std::uint16_t*>(row) + l,
                           static_cast<std::size_t>(count)));
  }
  using Activations = Weights;
  static HWY_INLINE Activations load_a(const std::byte* row, std::int64_t l) {
    const float* const at = reinterpret_cast<const float*>(row) + l;
    return {hn::LoadU(Floats(), at), hn::LoadU(Floats(), at + lanes)};
  }
  static HWY_INLINE Sums add(Activations a, Weights b, Sums sums) {
    return hn::MulAdd(a.odd, b.odd, hn::MulAdd(a.even, b.even, sums));
  }
};
#endif

// Dot instructions take an unsigned and a signed byte. Signed activations are prepared as a + 128,
// which adds 128 times the sum of the weights; kOffset takes that off again. All modulo 2^32.
template <bool kOffset>
struct Bytes {
  using Integers = hn::RebindToSigned<Floats>;
  using Signed = hn::Repartition<std::int8_t, Integers>;
  using Unsigned = hn::Repartition<std::uint8_t, Integers>;
  using Sums = hn::Vec<Integers>;
  using Weights = hn::Vec<Signed>;
  static constexpr std::int64_t step = 4 * lanes;
  static constexpr std::int64_t a_size = 1;
  static constexpr bool offset = kOffset;
  static HWY_INLINE Sums zero() { return hn::Zero(Integers()); }
  static HWY_INLINE Weights load(const std::byte* row, std::int64_t l) {
    return hn::LoadU(Signed(), reinterpret_cast<const std::int8_t*>(row) + l);
  }
  static HWY_INLINE Weights load_part(const std::byte* row, std::int64_t l, std::int64_t count) {
    return hn::LoadN(Signed(), reinterpret_cast<const std::int8_t*>(row) + l,
                     static_cast<std::size_t>(count));
  }
  using Activations = hn::Vec<Unsigned>;
  static HWY_INLINE Activations load_a(const std::byte* row, std::int64_t l) {
    return hn::LoadU(Unsigned(), reinterpret_cast<const std::uint8_t*>(row) + l);
  }
  static HWY_INLINE Sums add(Activations a, Weights b, Sums sums) {
    return dot_bytes(Integers(), a, b, sums);
  }
  static HWY_INLINE Activations offsets() { return hn::Set(Unsigned(), 128); }
};

// Sums of one tile: kRows rows of a with kColumns columns, kParts of each.
template <class Format, std::size_t kRows, std::size_t kColumns, std::size_t kParts>
struct Tile {
  using Sums = typename Format::Sums;
  Sums sums[kRows][kColumns][kParts];
  Sums offsets[kColumns];

  HWY_INLINE Tile() {  // as above
    HWY_UNROLL(16)
    for (auto& row : sums) {
      HWY_UNROLL(16)
      for (auto& column : row) {
        HWY_UNROLL(16)
        for (auto& part : column) part = Format::zero();
      }
    }
    HWY_UNROLL(16)
    for (auto& each : offsets) each = Format::zero();
  }

  template <class Load>
  HWY_INLINE void step(const std::byte* a, std::int64_t a_stride, std::int64_t l, std::size_t part,
                       const Load& load) {
    typename Format::Activations of_a[kRows];
    HWY_UNROLL(16)
    for (std::size_t i = 0; i < kRows; ++i)
      of_a[i] = Format::load_a(a + signed_of(i) * a_stride, l);
    HWY_UNROLL(16)
    for (std::size_t j = 0; j < kColumns; ++j) {
      const typename Format::Weights weights = load(j, l);
      HWY_UNROLL(16)
      for (std::size_t i = 0; i < kRows; ++i) {
        sums[i][j][part] = Format::add(of_a[i], weights, sums[i][j][part]);
      }
      if constexpr (Format::offset) {
        offsets[j] = Format::add(Format::offsets(), weights, offsets[j]);
      }
    }
  }
};

HWY_INLINE float total(Vector v) { return hn::ReduceSum(Floats(), v); }
HWY_INLINE std::int32_t total(hn::Vec<hn::RebindToSigned<Floats>> v) {
  return hn::ReduceSum(hn::RebindToSigned<Floats>(), v);
}

HWY_INLINE float* results(const GemvBlock& block, float) { return block.sums; }
HWY_INLINE std::int32_t* results(const GemvBlock& block, std::int32_t) {
  return block.integer_sums;
}

template <class Format, std::size_t kRows, std::size_t kColumns>
HWY_INLINE void dot_tile(const GemvShape& shape, const GemvBlock& block, std::int64_t row,
                         std::int64_t column, std::int64_t gap) {
  // Enough independent sums to hide the latency of an addition.
  constexpr std::size_t sums = kRows * kColumns;
  constexpr std::size_t parts = sums > (lanes >= 16 ? 8 : 7) ? 1 : sums >= 4 ? 2 : 4;
  constexpr std::int64_t step = signed_of(parts) * Format::step;
  const std::int64_t k = shape.matmul.k;
  const std::byte* const a = block.a + row * shape.prepared_row;
  const std::byte* const b = block.b + column * shape.b_stride;
  const std::int64_t stride = gap * shape.b_stride;
  const auto whole = [&](std::size_t j, std::int64_t l) {
    return Format::load(b + signed_of(j) * stride, l);
  };
  Tile<Format, kRows, kColumns, parts> tile;
  std::int64_t l = 0;
  for (; l + step <= k; l += step) {
    HWY_UNROLL(16)
    for (std::size_t part = 0; part < parts; ++part) {
      tile.step(a, shape.prepared_row, l + signed_of(part) * Format::step, part, whole);
    }
  }
  for (; l + Format::step <= k; l += Format::step) tile.step(a, shape.prepared_row, l, 0, whole);
  if (l < k) {
    tile.step(a, shape.prepared_row, l, 0, [&](std::size_t j, std::int64_t at) {
      return Format::load_part(b + signed_of(j) * stride, at, k - at);
    });
  }
  auto* const out =
      results(block, decltype(total(tile.offsets[0])){}) + row * gemv_columns + column;
  HWY_UNROLL(16)
  for (std::size_t i = 0; i < kRows; ++i) {
    HWY_UNROLL(16)
    for (std::size_t j = 0; j < kColumns; ++j) {
      auto sum = tile.sums[i][j][0];
      HWY_UNROLL(16)
      for (std::size_t part = 1; part < parts; ++part) sum = hn::Add(sum, tile.sums[i][j][part]);
      if constexpr (Format::offset) sum = hn::Sub(sum, tile.offsets[j]);
      out[signed_of(i) * gemv_columns + signed_of(j) * gap] = total(sum);
    }
  }
}

// A tile's columns are `gap` apart.
template <class Format, std::size_t kColumns>
HWY_INLINE void dot_rows(const GemvShape& shape, const GemvBlock& block, std::int64_t column,
                         std::int64_t gap) {
  std::int64_t row = 0;
  if constexpr (kColumns < 8) {
    for (; row + 4 <= block.rows; row += 4) {
      dot_tile<Format, 4, kColumns>(shape, block, row, column, gap);
    }
    if (block.rows - row == 3) return dot_tile<Format, 3, kColumns>(shape, block, row, column, gap);
  }
  if (block.rows - row == 2) return dot_tile<Format, 2, kColumns>(shape, block, row, column, gap);
  if (block.rows - row == 1) return dot_tile<Format, 1, kColumns>(shape, block, row, column, gap);
}

// Columns from `column` on in tiles of kColumns; returns the first that is left. Each column of a tile
// begins where that of the tile before ended, so that memory sees kColumns long streams and not a
// new one for every column: prefetching stops at the end of a page, which a column often is.
template <class Format, std::size_t kColumns>
HWY_INLINE std::int64_t dot_tiles(const GemvShape& shape, const GemvBlock& block,
                                  std::int64_t column) {
  constexpr std::int64_t width = signed_of(kColumns);
  const std::int64_t gap = (block.columns - column) / width;
  for (std::int64_t j = 0; j < gap; ++j) dot_rows<Format, kColumns>(shape, block, column + j, gap);
  return column + gap * width;
}

// With one or two rows, registers are free for more columns: each is a stream of its own from memory,
// and more streams are faster than fewer.
template <class Format>
HWY_INLINE void dot_columns(const GemvShape& shape, const GemvBlock& block) {
  std::int64_t column = 0;
  if (block.rows <= (lanes >= 16 ? 2 : 1)) column = dot_tiles<Format, 8>(shape, block, column);
  column = dot_tiles<Format, 4>(shape, block, column);
  dot_tiles<Format, 1>(shape, block, column);
}

}  // namespace

bool has_byte_dots() { return HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL; }

void gemv_dots(const GemvShape& shape, const GemvBlock& block) {
  switch (shape.format) {
    case GemvFormat::f32:
      return dot_columns<F32>(shape, block);
    case GemvFormat::f16:
      return dot_columns<F16>(shape, block);
    case GemvFormat::bf16:
      return dot_columns<Bf16>(shape, block);
    case GemvFormat::bytes:
      return shape.matmul.dtype == DType::s8 ? dot_columns<Bytes<true>>(shape, block)
                                             : dot_columns<Bytes<false>>(shape, block);
    default:
      return;
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(has_byte_dots);
HWY_EXPORT(gemv_dots);

bool has_byte_dots() { return HWY_DYNAMIC_DISPATCH(has_byte_dots)(); }
void gemv_dots(const GemvShape& shape, const GemvBlock& block) {
  HWY_DYNAMIC_DISPATCH(gemv_dots)(shape, block);
}

}  // namespace assay::onednn
#endif
