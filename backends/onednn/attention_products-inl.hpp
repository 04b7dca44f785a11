// Products of a block's rows, f32 or pairs of bf16, compiled once for each instruction set.
// Included by attention_panel.cpp, which Highway's foreach_target.h compiles.

// Highway's include guard: once per target, not once.
#if defined(ASSAY_ONEDNN_ATTENTION_PRODUCTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ONEDNN_ATTENTION_PRODUCTS_INL
#undef ASSAY_ONEDNN_ATTENTION_PRODUCTS_INL
#else
#define ASSAY_ONEDNN_ATTENTION_PRODUCTS_INL
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {

// Vectors of rows that one pass holds in registers: 4 x 4 accumulators need 32 registers.
inline constexpr int most_vectors = HWY_MAX_BYTES == 64 || HWY_ARCH_ARM_A64 ? 4 : 2;

// The two arithmetics: what an element is, and how a vector of them is multiplied and added.
struct FloatProducts {
  using Element = float;
  static HWY_INLINE Vector load(const float* from) { return hn::Load(Floats(), from); }
  static HWY_INLINE Vector repeat(float element) { return hn::Set(Floats(), element); }
  static HWY_INLINE Vector multiply_add(Vector a, Vector b, Vector sum) {
    return hn::MulAdd(a, b, sum);
  }
  static constexpr std::int64_t per_element = 1;
};

#if HWY_NATIVE_DOT_BF16
struct PairProducts {
  using Element = std::uint32_t;
  static HWY_INLINE WordVector load(const std::uint32_t* from) { return hn::Load(Words(), from); }
  static HWY_INLINE WordVector repeat(std::uint32_t pair) { return hn::Set(Words(), pair); }
  static HWY_INLINE Vector multiply_add(WordVector a, WordVector b, Vector sum) {
    const hn::Repartition<hwy::bfloat16_t, Words> pairs;
    Vector unused = hn::Zero(Floats());
    return hn::ReorderWidenMulAccumulate(Floats(), hn::BitCast(pairs, a), hn::BitCast(pairs, b),
                                         sum, unused);
  }
  static constexpr std::int64_t per_element = 2;
};
#endif

// How `a` is walked: element (r, t) is a[r * row + t * depth].
struct Strides {
  std::int64_t row, depth;
};

// out[r, :] = sum over t of a(r, t) b[t, :], for kRows rows and kVectors vectors of columns; b and
// out are block_rows wide. With kRescale the old out, times `rescale`, is added.
template <typename Products, int kRows, int kVectors, bool kRescale>
HWY_INLINE void product_tile(const typename Products::Element* HWY_RESTRICT a, Strides strides,
                             const typename Products::Element* HWY_RESTRICT b, std::int64_t depth,
                             const float* HWY_RESTRICT rescale, float* HWY_RESTRICT out) {
  const Floats d;
  Vector sums[static_cast<std::size_t>(kRows)][static_cast<std::size_t>(kVectors)];
  HWY_UNROLL(16)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = kRescale ? hn::Mul(hn::Load(d, out + r * block_rows + v * lanes),
                                      hn::Load(d, rescale + v * lanes))
                            : hn::Zero(d);
    }
  }
  for (std::int64_t t = 0; t < depth; ++t, a += strides.depth, b += block_rows) {
    decltype(Products::load(b)) columns[static_cast<std::size_t>(kVectors)];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) columns[v] = Products::load(b + v * lanes);
    HWY_UNROLL(16)
    for (int r = 0; r < kRows; ++r) {
      const auto element = Products::repeat(a[r * strides.row]);
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        sums[r][v] = Products::multiply_add(element, columns[v], sums[r][v]);
      }
    }
  }
  HWY_UNROLL(16)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      hn::Store(sums[r][v], d, out + r * block_rows + v * lanes);
    }
  }
}

// product_tile over any number of rows.
template <typename Products, int kVectors, bool kRescale>
HWY_INLINE void product_rows(const typename Products::Element* a, Strides strides,
                             std::int64_t rows, const typename Products::Element* b,
                             std::int64_t depth, const float* rescale, float* out) {
  // As many independent sums as hide the latency of a multiply-add.
  constexpr int at_once = kVectors * 2 > most_vectors ? 4 : most_vectors == 4 ? 16 / kVectors : 4;
  std::int64_t r = 0;
  for (; r + at_once <= rows; r += at_once) {
    product_tile<Products, at_once, kVectors, kRescale>(a + r * strides.row, strides, b, depth,
                                                        rescale, out + r * block_rows);
  }
  for (; r < rows; ++r) {
    product_tile<Products, 1, kVectors, kRescale>(a + r * strides.row, strides, b, depth, rescale,
                                                  out + r * block_rows);
  }
}

// product_rows over the vectors of columns [first, end).
template <typename Products, bool kRescale>
HWY_NOINLINE void product(const typename Products::Element* a, Strides strides, std::int64_t rows,
                          const typename Products::Element* b, std::int64_t depth,
                          const float* rescale, float* out, std::int64_t first, std::int64_t end) {
  for (std::int64_t i = first; i < end; i += most_vectors) {
    const auto call = [&]<int kVectors>() HWY_ATTR {
      product_rows<Products, kVectors, kRescale>(a, strides, rows, b + i * lanes, depth,
                                                 rescale + i * lanes, out + i * lanes);
    };
    const std::int64_t vectors = end - i;
    if (most_vectors == 4 && vectors >= 4) {
      call.template operator()<most_vectors>();
    } else if (most_vectors == 4 && vectors == 3) {
      call.template operator()<most_vectors == 4 ? 3 : 1>();
    } else if (vectors >= 2) {
      call.template operator()<2>();
    } else {
      call.template operator()<1>();
    }
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
