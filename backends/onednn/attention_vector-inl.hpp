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
#include <limits>

#include "backends/onednn/attention_block.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, block_rows>;
using Words = hn::RebindToUnsigned<Floats>;
using Vector = hn::Vec<Floats>;
using WordVector = hn::Vec<Words>;

inline constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

// Finite, so that differences stay finite: an infinity would give inf - inf.
inline constexpr float lowest_logit = -3e38F;
inline constexpr float log2_e = 1.44269504088896341F;

// 2^x for x <= 0 (or rounding above it); what would be below 2^-126.5 is 0, of NaN it is NaN. The polynomials
// interpolate 2^f at the Chebyshev nodes of [-1/2, 1/2]: relative error 2^-23 with rounding, or
// 2^-13 for results that are rounded to bf16 (kCoarse).
template <bool kCoarse = false>
HWY_INLINE Vector exp2_nonpositive(Vector x) {
  const Floats d;
  // Adding it leaves the nearest integer, plus the exponent's bias, in the lowest bits.
  const Vector shifter = hn::Set(d, 0x1.8p23F + 127.0F);
  // At -127 the exponent's bits are 0, and so is the power. In this order what is no number stays so:
  // x86's instruction gives its second operand then.
  x = hn::Max(hn::Set(d, -127.0F), x);
  const Vector shifted = hn::Add(x, shifter);
  const Vector f = hn::Sub(x, hn::Sub(shifted, shifter));
  Vector p;
  if constexpr (kCoarse) {
    p = hn::Set(d, 0x1.c96d5ep-5F);
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.f0ecf8p-3F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.62e2d2p-1F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.fff61cp-1F));
  } else {
    p = hn::Set(d, 0x1.443ffep-13F);
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.5f48c0p-10F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.3b2a1cp-7F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.c6aeccp-5F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.ebfbe0p-3F));
    p = hn::MulAdd(p, f, hn::Set(d, 0x1.62e430p-1F));
    p = hn::MulAdd(p, f, hn::Set(d, 1.0F));
  }
  const auto power = hn::ShiftLeft<23>(hn::BitCast(Words(), shifted));
  return hn::Mul(p, hn::BitCast(d, power));
}

// One over a row's sum of powers: 0 for a row that sees no key. Where one does and the sum is none, its
// logits were beyond floats, and no number is the answer.
HWY_INLINE float inverse_of(float sum, bool sees_keys) {
  if (sum > 0) return 1 / sum;
  return sees_keys ? std::numeric_limits<float>::quiet_NaN() : 0;
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

// Calls `f` with a null pointer to the type that elements of `dtype` are stored as.
template <typename F>
HWY_INLINE void with_stored_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::bf16:
      return f(static_cast<const hwy::bfloat16_t*>(nullptr));
    case DType::f16:
      return f(static_cast<const hwy::float16_t*>(nullptr));
    case DType::s8:
      return f(static_cast<const std::int8_t*>(nullptr));
    default:
      return f(static_cast<const float*>(nullptr));
  }
}

// Converts `count` elements, times `scale`.
template <typename Stored>
HWY_INLINE void convert(const Stored* from, std::int64_t count, float scale, float* to) {
  const Floats d;
  const hn::Rebind<Stored, Floats> stored;
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
  with_stored_type(dtype, [&](auto type) HWY_ATTR {
    convert(reinterpret_cast<decltype(type)>(data) + first, count, scale, to);
  });
}

// Rounds a row of floats, times `factor`, to the output's type and stores it.
template <typename Stored>
HWY_INLINE void store_row(const float* row, float factor, std::int64_t d, Stored* out) {
  const Floats tag;
  const hn::Rebind<Stored, Floats> stored;
  const Vector times = hn::Set(tag, factor);
  const auto rounded = [&](Vector values) HWY_ATTR {
    if constexpr (sizeof(Stored) == sizeof(float)) {
      return hn::Mul(values, times);
    } else {
      return hn::DemoteTo(stored, hn::Mul(values, times));
    }
  };
  std::int64_t c = 0;
  for (; c + lanes <= d; c += lanes) {
    hn::StoreU(rounded(hn::LoadU(tag, row + c)), stored, out + c);
  }
  if (c < d) {
    const auto rest = static_cast<std::size_t>(d - c);
    hn::StoreN(rounded(hn::LoadN(tag, row + c, rest)), stored, out + c, rest);
  }
}

HWY_INLINE void store_row(DType dtype, const float* row, float factor, std::int64_t d,
                          std::byte* out) {
  switch (dtype) {
    case DType::bf16:
      return store_row(row, factor, d, reinterpret_cast<hwy::bfloat16_t*>(out));
    case DType::f16:
      return store_row(row, factor, d, reinterpret_cast<hwy::float16_t*>(out));
    default:
      return store_row(row, factor, d, reinterpret_cast<float*>(out));
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
