#include "backends/onednn/matmul_dequantise.hpp"

#include <algorithm>

#include "backends/onednn/matmul_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/matmul_dequantise.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));
// Bytes of 4-bit weights that are taken apart at once, and the elements in them.
constexpr std::int64_t pairs = 16;

HWY_INLINE void store(Vector values, float* to, std::size_t count) {
  hn::StoreN(values, Floats(), to, count);
}
HWY_INLINE void store(Vector values, std::uint16_t* to, std::size_t count) {
  const hn::Rebind<hwy::bfloat16_t, Floats> stored;
  hn::StoreN(hn::DemoteTo(stored, values), stored, reinterpret_cast<hwy::bfloat16_t*>(to), count);
}

// `count` bytes, signed ones where the weights are.
template <class Byte, class Target>
HWY_INLINE void scaled(const Byte* from, std::int64_t count, float scale, float zero, Target* to) {
  const hn::Rebind<Byte, Floats> stored;
  const hn::RebindToSigned<Floats> integers;
  for (std::int64_t i = 0; i < count; i += lanes) {
    const auto some = static_cast<std::size_t>(std::min(lanes, count - i));
    const auto whole = hn::PromoteTo(integers, hn::LoadN(stored, from + i, some));
    const Vector difference = hn::Sub(hn::ConvertTo(Floats(), whole), hn::Set(Floats(), zero));
    store(hn::Mul(difference, hn::Set(Floats(), scale)), to + i, some);
  }
}

// `count` elements of two a byte as one a byte, an even number.
HWY_INLINE void unpack(const std::uint8_t* from, std::int64_t count, std::uint8_t* to) {
  const hn::CappedTag<std::uint8_t, pairs> d;
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; 2 * (i + step) <= count; i += step) {
    const auto both = hn::LoadU(d, from + i);
    const auto low = hn::And(both, hn::Set(d, std::uint8_t{15}));
    const auto high = hn::ShiftRight<4>(both);
    hn::StoreU(hn::InterleaveLower(d, low, high), d, to + 2 * i);
    hn::StoreU(hn::InterleaveUpper(d, low, high), d, to + 2 * i + step);
  }
  for (; 2 * i < count; ++i) {
    to[2 * i] = from[i] & 15U;
    to[2 * i + 1] = static_cast<std::uint8_t>(from[i] >> 4U);
  }
}

HWY_INLINE float zero_point(const MatmulShape& shape, const QuantisedColumn& column,
                            std::int64_t group) {
  if (column.zero_points == nullptr) return 0;
  const std::int64_t index = column.first_zero_point + group;
  if (shape.zero_points == DType::u8) {
    return static_cast<float>(std::to_integer<int>(column.zero_points[index]));
  }
  const unsigned pair = std::to_integer<unsigned>(column.zero_points[index / 2]);
  return static_cast<float>((index % 2 == 0 ? pair : pair >> 4U) & 15U);
}

template <class Target>
HWY_INLINE void dequantise_column(const MatmulShape& shape, const QuantisedColumn& column,
                                  Target* to) {
  constexpr std::int64_t block = 256;
  HWY_ALIGN std::uint8_t unpacked[block];
  const bool is_signed = shape.weights == DType::s4;
  for (std::int64_t group = 0; group * shape.group < shape.k; ++group) {
    const float scale = from_f16(column.scales[group]);
    const float zero = zero_point(shape, column, group);
    const std::int64_t first = group * shape.group;
    if (shape.weights == DType::s8) {
      scaled(reinterpret_cast<const std::int8_t*>(column.weights) + first, shape.group, scale, zero,
             to + first);
      continue;
    }
    // Two's complement of four bits is the value with its highest bit flipped, less 8.
    const auto* const nibbles = reinterpret_cast<const std::uint8_t*>(column.weights);
    for (std::int64_t l = 0; l < shape.group; l += block) {
      const std::int64_t count = std::min(block, shape.group - l);
      unpack(nibbles + (first + l) / 2, count, unpacked);
      if (is_signed) {
        for (std::int64_t i = 0; i < count; ++i) unpacked[i] ^= 8U;
      }
      scaled(unpacked, count, scale, is_signed ? zero + 8.0F : zero, to + first + l);
    }
  }
}

}  // namespace

void dequantise_f32(const MatmulShape& shape, const QuantisedColumn& column, float* to) {
  dequantise_column(shape, column, to);
}
void dequantise_bf16(const MatmulShape& shape, const QuantisedColumn& column, std::uint16_t* to) {
  dequantise_column(shape, column, to);
}

void widen(const std::uint16_t* from, std::int64_t count, float* to) {
  const hn::Rebind<hwy::float16_t, Floats> stored;
  for (std::int64_t i = 0; i < count; i += lanes) {
    const auto some = static_cast<std::size_t>(std::min(lanes, count - i));
    const auto half = hn::LoadN(stored, reinterpret_cast<const hwy::float16_t*>(from) + i, some);
    hn::StoreN(hn::PromoteTo(Floats(), half), Floats(), to + i, some);
  }
}

void narrow(const float* from, std::int64_t count, std::uint16_t* to) {
  const hn::Rebind<hwy::float16_t, Floats> stored;
  for (std::int64_t i = 0; i < count; i += lanes) {
    const auto some = static_cast<std::size_t>(std::min(lanes, count - i));
    const auto half = hn::DemoteTo(stored, hn::LoadN(Floats(), from + i, some));
    hn::StoreN(half, stored, reinterpret_cast<hwy::float16_t*>(to) + i, some);
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(dequantise_f32);
HWY_EXPORT(dequantise_bf16);
HWY_EXPORT(widen);
HWY_EXPORT(narrow);

void dequantise(const MatmulShape& shape, const QuantisedColumn& column, float* to) {
  HWY_DYNAMIC_DISPATCH(dequantise_f32)(shape, column, to);
}
void dequantise(const MatmulShape& shape, const QuantisedColumn& column, std::uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(dequantise_bf16)(shape, column, to);
}
void floats_from_f16(const std::uint16_t* from, std::int64_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(widen)(from, count, to);
}
void f16_from_floats(const float* from, std::int64_t count, std::uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(narrow)(from, count, to);
}

}  // namespace assay::onednn
#endif
