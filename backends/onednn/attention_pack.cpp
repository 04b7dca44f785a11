#include <algorithm>
#include <cstring>

#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_pack.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

// Rows [first, first + rows) as floats.
HWY_INLINE void pack_floats(DType dtype, const std::byte* data, const float* scales,
                            std::int64_t first, std::int64_t rows, std::int64_t d, float* to) {
  if (scales == nullptr) return convert(dtype, data, first * d, rows * d, 1.0F, to);
  for (std::int64_t j = 0; j < rows; ++j) {
    convert(dtype, data, (first + j) * d, d, scales[first + j], to + j * d);
  }
}

// bf16 bits of `count` elements (a vector's or fewer) in the upper half of words; the lower is junk.
HWY_INLINE WordVector bf16_in_upper_half(const hwy::bfloat16_t* from, std::size_t count, float) {
  const hn::Rebind<std::uint16_t, Words> stored;
  const auto bits = hn::LoadN(stored, reinterpret_cast<const std::uint16_t*>(from), count);
  return hn::ShiftLeft<16>(hn::PromoteTo(Words(), bits));
}
HWY_INLINE WordVector bf16_in_upper_half(const std::int8_t* from, std::size_t count, float scale) {
  const hn::Rebind<std::int8_t, Floats> stored;
  const Vector value = hn::Mul(promote(hn::LoadN(stored, from, count)), hn::Set(Floats(), scale));
  return hn::Add(hn::BitCast(Words(), value), hn::Set(Words(), 0x8000));
}

// One row of pairs from two rows; without the second, zeros.
template <typename Stored>
HWY_INLINE void pair_rows(const Stored* first, const Stored* second, float first_scale,
                          float second_scale, std::int64_t d, std::uint32_t* to) {
  const Words words;
  for (std::int64_t c = 0; c < d; c += lanes) {
    const auto count = static_cast<std::size_t>(std::min(lanes, d - c));
    const WordVector low = hn::ShiftRight<16>(bf16_in_upper_half(first + c, count, first_scale));
    const WordVector high =
        second == nullptr ? hn::Zero(words) : bf16_in_upper_half(second + c, count, second_scale);
    hn::StoreN(hn::OrAnd(low, high, hn::Set(words, 0xffff0000)), words, to + c, count);
  }
}

template <typename Stored>
HWY_INLINE void pair_values(const AttentionBlock& block, std::int64_t first, std::int64_t keys,
                            std::uint32_t* to) {
  const std::int64_t d = block.d;
  const auto* const rows = reinterpret_cast<const Stored*>(block.v) + first * d;
  const auto scale = [&](std::int64_t j) {
    return block.v_scale == nullptr ? 1.0F : block.v_scale[first + j];
  };
  for (std::int64_t j = 0; j < keys; j += 2, to += d) {
    const bool two = j + 1 < keys;
    pair_rows(rows + j * d, two ? rows + (j + 1) * d : nullptr, scale(j), two ? scale(j + 1) : 0, d,
              to);
  }
}

// s8 keys as rows of bf16.
HWY_INLINE void dequantise_keys(const AttentionBlock& block, std::int64_t first, std::int64_t keys,
                                std::uint16_t* to) {
  const hn::Rebind<std::uint16_t, Words> stored;
  const std::int64_t d = block.d;
  const auto* const rows = reinterpret_cast<const std::int8_t*>(block.k) + first * d;
  for (std::int64_t j = 0; j < keys; ++j) {
    for (std::int64_t c = 0; c < d; c += lanes) {
      const auto count = static_cast<std::size_t>(std::min(lanes, d - c));
      const WordVector bits = bf16_in_upper_half(rows + j * d + c, count, block.k_scale[first + j]);
      hn::StoreN(hn::TruncateTo(stored, hn::ShiftRight<16>(bits)), stored, to + j * d + c, count);
    }
  }
}

}  // namespace

void pack_keys_values(const AttentionBlock& block, std::int64_t first, std::int64_t keys, void* k,
                      void* v) {
  const std::int64_t d = block.d;
  if (block.arithmetic == Arithmetic::bf16_pairs) {
    if (block.kv_dtype == DType::s8) {
      dequantise_keys(block, first, keys, static_cast<std::uint16_t*>(k));
      pair_values<std::int8_t>(block, first, keys, static_cast<std::uint32_t*>(v));
    } else {
      pair_values<hwy::bfloat16_t>(block, first, keys, static_cast<std::uint32_t*>(v));
    }
  } else if (block.kv_dtype != DType::f32) {
    pack_floats(block.kv_dtype, block.k, block.k_scale, first, keys, d, static_cast<float*>(k));
    pack_floats(block.kv_dtype, block.v, block.v_scale, first, keys, d, static_cast<float*>(v));
  }
}

void merge_partials(const float* partial, std::int64_t parts, std::int64_t stride, std::int64_t d,
                    bool sees_keys, DType dtype, std::byte* out, float* scratch) {
  const Floats tag;
  float highest = lowest_logit;
  for (std::int64_t i = 0; i < parts; ++i) highest = std::max(highest, partial[i * stride + d]);
  float sum = 0;
  std::fill_n(scratch, d, 0.0F);
  for (std::int64_t i = 0; i < parts; ++i) {
    const float* const part = partial + i * stride;
    const Vector weight = exp2_nonpositive(hn::Set(tag, part[d] - highest));
    sum += part[d + 1] * hn::GetLane(weight);
    for (std::int64_t c = 0; c < d; c += lanes) {
      const auto count = static_cast<std::size_t>(std::min(lanes, d - c));
      const Vector before = hn::LoadN(tag, scratch + c, count);
      hn::StoreN(hn::MulAdd(weight, hn::LoadN(tag, part + c, count), before), tag, scratch + c,
                 count);
    }
  }
  store_row(dtype, scratch, inverse_of(sum, sees_keys), d, out);
}

bool has_bf16_pairs() { return HWY_NATIVE_DOT_BF16 != 0; }

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(pack_keys_values);
HWY_EXPORT(merge_partials);
HWY_EXPORT(has_bf16_pairs);

void pack_keys_values(const AttentionBlock& block, std::int64_t first, std::int64_t keys, void* k,
                      void* v) {
  HWY_DYNAMIC_DISPATCH(pack_keys_values)(block, first, keys, k, v);
}

void merge_partials(const float* partial, std::int64_t parts, std::int64_t stride, std::int64_t d,
                    bool sees_keys, DType dtype, std::byte* out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(merge_partials)(partial, parts, stride, d, sees_keys, dtype, out, scratch);
}

bool has_bf16_pairs() { return HWY_DYNAMIC_DISPATCH(has_bf16_pairs)(); }

KeysValues stored_form(const AttentionBlock& block) {
  if (block.arithmetic == Arithmetic::bf16_pairs) {
    return {block.kv_dtype == DType::bf16 ? block.k : nullptr, nullptr};
  }
  return block.kv_dtype == DType::f32 ? KeysValues{block.k, block.v} : KeysValues{};
}

std::size_t packed_bytes(const AttentionBlock& block, std::int64_t kv) {
  const bool pairs = block.arithmetic == Arithmetic::bf16_pairs;
  return static_cast<std::size_t>((pairs ? (kv + 1) / 2 : kv) * block.d) * sizeof(float);
}

}  // namespace assay::onednn
#endif
