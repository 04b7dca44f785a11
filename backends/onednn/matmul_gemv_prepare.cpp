#include <algorithm>
#include <cstring>

#include "backends/onednn/matmul_gemv_block.hpp"
#include "backends/onednn/matmul_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/matmul_gemv_prepare.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// One row of a as floats or bytes in natural order; `stride` in elements.
template <class Stored, class Target, class Convert>
HWY_INLINE void gather(const std::byte* from, std::int64_t stride, std::int64_t k, Target* to,
                       const Convert& convert) {
  for (std::int64_t l = 0; l < k; ++l) {
    Stored value;
    std::memcpy(&value, from + l * stride * static_cast<std::int64_t>(sizeof value), sizeof value);
    to[l] = convert(value);
  }
}

// Two halves of a vector of pairs apart, as Bf16 without dot products reads them.
HWY_INLINE void separate_pairs(const float* natural, std::int64_t padded_k, float* to) {
  for (std::int64_t l = 0; l < padded_k; l += 2 * lanes) {
    for (std::int64_t i = 0; i < lanes; ++i) {
      to[l + i] = natural[l + 2 * i];
      to[l + lanes + i] = natural[l + 2 * i + 1];
    }
  }
}

HWY_INLINE void row_as_floats(DType dtype, const std::byte* from, std::int64_t stride,
                              std::int64_t k, float* to) {
  if (dtype == DType::f32) {
    if (stride == 1) {
      std::memcpy(to, from, static_cast<std::size_t>(k) * sizeof(float));
    } else {
      gather<float>(from, stride, k, to, [](float x) { return x; });
    }
  } else if (dtype == DType::bf16) {
    gather<std::uint16_t>(from, stride, k, to, [](std::uint16_t x) {
      const std::uint32_t bits = static_cast<std::uint32_t>(x) << 16U;
      float value = 0;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    });
  } else if (stride == 1) {
    const hn::Rebind<hwy::float16_t, Floats> half;
    const auto* const halves = reinterpret_cast<const hwy::float16_t*>(from);
    std::int64_t l = 0;
    for (; l + lanes <= k; l += lanes) {
      hn::StoreU(hn::PromoteTo(Floats(), hn::LoadU(half, halves + l)), Floats(), to + l);
    }
    if (l < k) {
      const auto rest = static_cast<std::size_t>(k - l);
      hn::StoreN(hn::PromoteTo(Floats(), hn::LoadN(half, halves + l, rest)), Floats(), to + l,
                 rest);
    }
  } else {
    gather<std::uint16_t>(from, stride, k, to, [](std::uint16_t x) { return from_f16(x); });
  }
}

bool kept_as_bf16(const MatmulShape& shape, GemvFormat format) {
  return shape.dtype == DType::bf16 && ((HWY_NATIVE_DOT_BF16 != 0 && format == GemvFormat::bf16) ||
                                        (ASSAY_BF16_PLANES != 0 && format == GemvFormat::nibbles));
}

}  // namespace

bool has_bf16_dots() { return HWY_NATIVE_DOT_BF16 != 0; }
bool has_bf16_planes() { return ASSAY_BF16_PLANES != 0; }

std::int64_t gemv_prepared_row(const MatmulShape& shape, GemvFormat format, std::int64_t padded_k) {
  if (format == GemvFormat::bytes) return padded_k;
  return padded_k * (kept_as_bf16(shape, format) ? 2 : 4);
}

void gemv_prepare(const GemvShape& shape, const std::byte* a, std::int64_t first_row,
                  std::int64_t rows, std::byte* prepared) {
  const MatmulShape& s = shape.matmul;
  const std::int64_t k = s.k;
  const auto size = static_cast<std::int64_t>(bytes_for(s.dtype, 1));
  const std::int64_t stride = s.a_transposed ? s.m : 1;
  const auto padding = static_cast<std::size_t>(shape.padded_k - k);
  // The row after the last is scratch.
  std::byte* const scratch = prepared + gemv_rows * shape.prepared_row;
  const auto source = [&](std::int64_t row) {
    return a + (first_row + row) * (s.a_transposed ? 1 : k) * size;
  };
  const auto as_floats = [&](std::int64_t row, std::byte* to) {
    auto* const floats = reinterpret_cast<float*>(to);
    row_as_floats(s.dtype, source(row), stride, k, floats);
    std::memset(floats + k, 0, padding * sizeof(float));
    return floats;
  };
  for (std::int64_t i = 0; i < rows; ++i) {
    std::byte* const to = prepared + i * shape.prepared_row;
    if (shape.format == GemvFormat::bytes) {
      auto* const bytes = reinterpret_cast<std::uint8_t*>(to);
      const std::uint8_t flip = s.dtype == DType::s8 ? 0x80 : 0;
      gather<std::uint8_t>(source(i), stride, k, bytes,
                           [flip](std::uint8_t x) { return static_cast<std::uint8_t>(x ^ flip); });
      std::memset(bytes + k, 0, padding);
    } else if (kept_as_bf16(s, shape.format)) {
      auto* const words = reinterpret_cast<std::uint16_t*>(to);
      gather<std::uint16_t>(source(i), stride, k, words, [](std::uint16_t x) { return x; });
      std::memset(words + k, 0, padding * sizeof(std::uint16_t));
    } else if (shape.format == GemvFormat::bf16) {
      separate_pairs(as_floats(i, scratch), shape.padded_k, reinterpret_cast<float*>(to));
    } else {
      as_floats(i, to);
    }
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(has_bf16_dots);
HWY_EXPORT(has_bf16_planes);
HWY_EXPORT(gemv_prepared_row);
HWY_EXPORT(gemv_prepare);

bool has_bf16_dots() { return HWY_DYNAMIC_DISPATCH(has_bf16_dots)(); }
bool nibbles_as_bf16(DType activations) {
  return activations == DType::bf16 && HWY_DYNAMIC_DISPATCH(has_bf16_planes)();
}
std::int64_t gemv_prepared_row(const MatmulShape& shape, GemvFormat format, std::int64_t padded_k) {
  return HWY_DYNAMIC_DISPATCH(gemv_prepared_row)(shape, format, padded_k);
}
void gemv_prepare(const GemvShape& shape, const std::byte* a, std::int64_t first_row,
                  std::int64_t rows, std::byte* prepared) {
  HWY_DYNAMIC_DISPATCH(gemv_prepare)(shape, a, first_row, rows, prepared);
}
}  // namespace assay::onednn
#endif
