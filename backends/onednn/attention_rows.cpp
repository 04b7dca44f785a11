// First: it decides what Highway's headers mean.
#include "backends/onednn/attention_targets.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "backends/onednn/attention_block.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

// Row r's logits of a tile to probabilities, of the first `seen` keys; the others' are 0. Scales
// are those of the tile's keys, or null.
template <typename Dots>
HWY_INLINE void update_softmax(Rows& rows, std::int64_t r, std::int64_t seen, std::int64_t keys,
                               float scale, const float* k_scale, const float* v_scale) {
  const Floats tag;
  const Vector lowest = hn::Set(tag, lowest_logit);
  float* const scores = rows.scores + r * few_keys;
  Vector high = lowest;
  for (std::int64_t j = 0; j < keys; j += lanes) {
    const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(seen - j, 0, lanes));
    Vector score = hn::Mul(hn::LoadU(tag, scores + j), hn::Set(tag, scale));
    if (k_scale != nullptr) score = hn::Mul(score, hn::LoadN(tag, k_scale + j, count));
    score = hn::IfThenElse(hn::FirstN(tag, count), score, lowest);
    high = hn::Max(high, score);
    hn::StoreU(score, tag, scores + j);
  }
  const float before = rows.highest[r];
  const float highest = std::max(before, hn::ReduceMax(tag, high));
  Vector sum = hn::Zero(tag);
  for (std::int64_t j = 0; j < keys; j += lanes) {
    const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(seen - j, 0, lanes));
    const Vector all = exp2_nonpositive(hn::Sub(hn::LoadU(tag, scores + j), hn::Set(tag, highest)));
    Vector p = hn::IfThenElseZero(hn::FirstN(tag, count), all);
    sum = hn::Add(sum, p);
    if (v_scale != nullptr) p = hn::Mul(p, hn::LoadN(tag, v_scale + j, count));
    Dots::store_probabilities(p, scores, j);
  }
  const float rescale = hn::GetLane(exp2_nonpositive(hn::Set(tag, before - highest)));
  rows.sum[r] = rows.sum[r] * rescale + hn::ReduceSum(tag, sum);
  rows.highest[r] = highest;
  rows.rescale[r] = rescale;
}

template <std::int64_t kCount>
using Count = std::integral_constant<std::int64_t, kCount>;

// Calls work(Count<rows>(), first row) for groups of kMost rows, 2 or 4, and what is left.
template <std::int64_t kMost, typename Work>
HWY_INLINE void for_rows(std::int64_t rows, const Work& work) {
  std::int64_t row = 0;
  for (; row + kMost <= rows; row += kMost) work(Count<kMost>(), row);
  if constexpr (kMost > 2) {
    if (rows - row == 3) return work(Count<3>(), row);
    if (rows - row == 2) return work(Count<2>(), row);
  }
  if (rows - row == 1) work(Count<1>(), row);
}

// Logits of keys [from, from + keys) of a tile that begins at key `first`.
template <typename Dots, typename Stored>
HWY_INLINE void score_keys(const AttentionBlock& block, Rows& rows, std::int64_t first,
                           std::int64_t from, std::int64_t keys) {
  const std::int64_t d = block.d;
  const Stored* const k = reinterpret_cast<const Stored*>(block.k) + (first + from) * d;
  constexpr auto query_bytes = static_cast<std::int64_t>(sizeof(typename Dots::Query));
  const std::int64_t q_row = rows.padded * static_cast<std::int64_t>(sizeof(float)) / query_bytes;
  for_rows<Dots::rows_at_once>(block.rows, [&](auto count, std::int64_t row) HWY_ATTR {
    constexpr std::int64_t at_once = decltype(count)::value;
    const auto* const q = reinterpret_cast<const typename Dots::Query*>(rows.q + row * rows.padded);
    for (std::int64_t j = 0; j < keys; j += keys_at_once) {
      std::int64_t offset[keys_at_once] = {};
      // Behind the last key it is taken again.
      for (std::int64_t x = 0; x < keys_at_once; ++x) offset[x] = std::min(j + x, keys - 1) * d;
      dot_keys<Dots, at_once>(q, q_row, k, offset, d, rows.scores + row * few_keys + from + j);
    }
  });
}

// Adds values [from, from + keys) of a tile that begins at key `first`.
template <typename Dots, typename Stored>
HWY_INLINE void sum_values(const AttentionBlock& block, Rows& rows, std::int64_t first,
                           std::int64_t from, std::int64_t keys) {
  const std::int64_t d = block.d;
  const Stored* const v = reinterpret_cast<const Stored*>(block.v) + (first + from) * d;
  constexpr std::int64_t vectors = value_sums / Dots::rows_at_once / Dots::parts;
  for_rows<Dots::rows_at_once>(block.rows, [&](auto count, std::int64_t row) HWY_ATTR {
    constexpr std::int64_t at_once = decltype(count)::value;
    std::int64_t c = 0;
    for (; c + vectors * Dots::width <= d; c += vectors * Dots::width) {
      add_values<Dots, at_once, vectors, true>(rows, row, from, v, keys, d, c, 0);
    }
    for (; c + Dots::width <= d; c += Dots::width) {
      add_values<Dots, at_once, 1, true>(rows, row, from, v, keys, d, c, 0);
    }
    if (c < d) {
      add_values<Dots, at_once, 1, false>(rows, row, from, v, keys, d, c,
                                          static_cast<std::size_t>(d - c));
    }
  });
}

// All rows' logits of a tile to probabilities, and their sums of values rescaled.
template <typename Dots>
HWY_INLINE void update_rows(const AttentionBlock& block, Rows& rows, std::int64_t first,
                            std::int64_t keys) {
  const Floats tag;
  for (std::int64_t r = 0; r < block.rows; ++r) {
    update_softmax<Dots>(rows, r, std::clamp<std::int64_t>(block.visible[r] - first, 0, keys), keys,
                         block.scale * log2_e,
                         block.k_scale == nullptr ? nullptr : block.k_scale + first,
                         block.v_scale == nullptr ? nullptr : block.v_scale + first);
    const Vector rescale = hn::Set(tag, rows.rescale[r]);
    for (std::int64_t c = 0; c < rows.padded; c += lanes) {
      float* const at = rows.out + r * rows.padded + c;
      hn::StoreU(hn::Mul(hn::LoadU(tag, at), rescale), tag, at);
    }
  }
}

template <typename Dots, typename Stored>
HWY_INLINE void attend_all(const AttentionBlock& block, Rows& rows) {
  std::int64_t end = *std::max_element(block.visible, block.visible + block.rows);
  end = std::min(end, block.end_key);
  for (std::int64_t first = block.first_key; first < end; first += few_keys) {
    const std::int64_t keys = std::min(few_keys, end - first);
    for (std::int64_t j = 0; j < keys; j += near_keys) {
      score_keys<Dots, Stored>(block, rows, first, j, std::min(near_keys, keys - j));
    }
    update_rows<Dots>(block, rows, first, keys);
    for (std::int64_t j = 0; j < keys; j += near_keys) {
      sum_values<Dots, Stored>(block, rows, first, j, std::min(near_keys, keys - j));
    }
  }
  if constexpr (Dots::parts > 1) {
    // The queries are no longer needed.
    for (std::int64_t i = 0; i < block.rows * rows.padded; ++i) {
      rows.q[i] = rows.out[i - i % rows.padded + Dots::place(i % rows.padded)];
    }
    std::swap(rows.q, rows.out);
  }
}

HWY_INLINE bool multiplies_pairs(const AttentionBlock& block) {
  return block.arithmetic == Arithmetic::bf16_pairs && block.kv_dtype == DType::bf16;
}

}  // namespace

void attend_rows(const AttentionBlock& block, float* scratch) {
  const std::int64_t d = block.d;
  Rows rows(scratch, d);
  std::fill_n(rows.q, few_rows * rows.padded, 0.0F);
  std::fill_n(rows.out, few_rows * rows.padded, 0.0F);
  for (std::int64_t r = 0; r < block.rows; ++r) {
    rows.highest[r] = lowest_logit;
    rows.sum[r] = 0;
    if (multiplies_pairs(block)) {
      std::memcpy(rows.q + r * rows.padded, block.q + bytes_for(block.dtype, r * d),
                  bytes_for(block.dtype, d));
    } else {
      convert(block.dtype, block.q, r * d, d, 1.0F, rows.q + r * rows.padded);
    }
  }
#if HWY_NATIVE_DOT_BF16
  if (multiplies_pairs(block)) {
    attend_all<PairDots, hwy::bfloat16_t>(block, rows);
  } else
#endif
  {
    with_stored_type(block.kv_dtype, [&](auto type) HWY_ATTR {
      using Stored = std::remove_const_t<std::remove_pointer_t<decltype(type)>>;
      attend_all<FloatDots<Stored>, Stored>(block, rows);
    });
  }
  for (std::int64_t r = 0; r < block.rows; ++r) {
    const float* const row = rows.out + r * rows.padded;
    if (block.partial != nullptr) {
      float* const partial = block.partial + r * partial_size(d);
      std::copy_n(row, d, partial);
      partial[d] = rows.highest[r];
      partial[d + 1] = rows.sum[r];
    } else {
      const float inverse = inverse_of(rows.sum[r], block.visible[r] > 0);
      store_row(block.dtype, row, inverse, d, block.out + bytes_for(block.dtype, r * d));
    }
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(attend_rows);

void attend_rows(const AttentionBlock& block, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_rows)(block, scratch);
}

}  // namespace assay::onednn
#endif
