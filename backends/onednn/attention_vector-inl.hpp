// Vector code that both ways of attention share, compiled once for each instruction set.
// Included by files that Highway's foreach_target.h compiles.

// Highway's include guard: once per target, not once.
#if defined(ASSAY_ONEDNN_ATTENTION_VECTOR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ONEDNN_ATTENTION_VECTOR_INL
#undef ASSAY_ONEDNN_ATTENTION_VECTOR_INL
#else
#define ASSAY_ONEDNN_ATTENTION_VECTOR_INL
#endif

#include <hwy/highway.h>

#include <cstring>

#include "backends/onednn/attention_block.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, block_rows>;
using Vector = hn::Vec<Floats>;

// Finite, so that differences stay finite: an infinity would give inf - inf.
inline constexpr float lowest_logit = -3e38F;
inline constexpr float log2_e = 1.44269504088896341F;

// 2^x for x <= 0, relative error 2^-23; what would be below 2^-126 is 2^-126. The polynomial
// interpolates 2^f at the Chebyshev nodes of [-1/2, 1/2] (error 2^-28.5).
HWY_INLINE Vector exp2_nonpositive(Vector x) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  x = hn::Max(x, hn::Set(d, -126.0F));
  const Vector whole = hn::Round(x);
  const Vector f = hn::Sub(x, whole);
  Vector p = hn::Set(d, 0x1.443ffep-13F);
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.5f48c0p-10F));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.3b2a1cp-7F));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.c6aeccp-5F));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.ebfbe0p-3F));
  p = hn::MulAdd(p, f, hn::Set(d, 0x1.62e430p-1F));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0F));
  const auto exponent = hn::Add(hn::ConvertTo(di, whole), hn::Set(di, 127));
  return hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(exponent)));
}

// Vectors of a stored type as floats.
template <typename Raw>
HWY_INLINE Vector promote(Raw raw) {
  const Floats d;
  using Stored = hn::TFromV<Raw>;
  if constexpr (sizeof(Stored) == sizeof(float)) {
    return raw;
  } else if constexpr (sizeof(Stored) == 1) {
    return hn::ConvertTo(d, hn::PromoteTo(hn::RebindToSigned<Floats>(), raw));
  } else {
    return hn::PromoteTo(d, raw);
  }
}

// Converts `count` elements, times `scale`.
template <typename Stored>
HWY_INLINE void convert(const Stored* from, std::int64_t count, float scale, float* to) {
  const Floats d;
  const hn::Rebind<Stored, Floats> stored;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const Vector factor = hn::Set(d, scale);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Mul(promote(hn::LoadU(stored, from + i)), factor), d, to + i);
  }
  if (i < count) {
    const auto rest = static_cast<std::size_t>(count - i);
    hn::StoreN(hn::Mul(promote(hn::LoadN(stored, from + i, rest)), factor), d, to + i, rest);
  }
}

// Elements [first, first + count) of a tensor as floats.
HWY_INLINE void convert(DType dtype, const std::byte* data, std::int64_t first, std::int64_t count,
                        float scale, float* to) {
  switch (dtype) {
    case DType::bf16:
      convert(reinterpret_cast<const hwy::bfloat16_t*>(data) + first, count, scale, to);
      break;
    case DType::f16:
      convert(reinterpret_cast<const hwy::float16_t*>(data) + first, count, scale, to);
      break;
    case DType::s8:
      convert(reinterpret_cast<const std::int8_t*>(data) + first, count, scale, to);
      break;
    default:
      convert(reinterpret_cast<const float*>(data) + first, count, scale, to);
      break;
  }
}

// Rows [first, first + rows) of keys or values as floats, [rows, d]: where they are stored, or
// converted into `tile`.
HWY_INLINE const float* float_rows(DType dtype, const std::byte* data, const float* scales,
                                   std::int64_t first, std::int64_t rows, std::int64_t d,
                                   float* tile) {
  if (dtype == DType::f32) return reinterpret_cast<const float*>(data) + first * d;
  if (dtype != DType::s8) {
    convert(dtype, data, first * d, rows * d, 1.0F, tile);
    return tile;
  }
  for (std::int64_t j = 0; j < rows; ++j) {
    convert(dtype, data, (first + j) * d, d, scales[first + j], tile + j * d);
  }
  return tile;
}

// Rounds a row of floats to the output's type and stores it.
HWY_INLINE void store_row(DType dtype, const float* row, std::int64_t d, std::byte* out) {
  const auto count = static_cast<std::size_t>(d);
  if (dtype == DType::f32) {
    std::memcpy(out, row, count * sizeof(float));
    return;
  }
  for (std::size_t c = 0; c < count; ++c) {
    const std::uint16_t bits = dtype == DType::bf16 ? to_bf16(row[c]) : to_f16(row[c]);
    std::memcpy(out + c * sizeof bits, &bits, sizeof bits);
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
