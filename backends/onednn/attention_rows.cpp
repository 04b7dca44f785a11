#include <algorithm>

#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));
// Keys taken together: independent sums, and one read of a query (or output) for all of them.
constexpr std::int64_t keys_at_once = 4;

// State of one row, in the thread's scratch.
struct Row {
  float* q;       // [d] scaled
  float* out;     // [d] unnormalised
  float* scores;  // [tile_keys] logits in units of log 2, then probabilities
  float highest = lowest_logit;
  float sum = 0;
};

// scores[j] = q . k[j] for keys_at_once keys.
HWY_INLINE void dot_keys(const Row& row, const float* k, std::int64_t d, float* scores) {
  const Floats tag;
  Vector sums[keys_at_once];
  HWY_UNROLL(4)
  for (auto& sum : sums) sum = hn::Zero(tag);
  std::int64_t c = 0;
  for (; c + lanes <= d; c += lanes) {
    const Vector q = hn::LoadU(tag, row.q + c);
    HWY_UNROLL(4)
    for (std::int64_t j = 0; j < keys_at_once; ++j) {
      sums[j] = hn::MulAdd(q, hn::LoadU(tag, k + j * d + c), sums[j]);
    }
  }
  if (c < d) {
    const auto rest = static_cast<std::size_t>(d - c);
    const Vector q = hn::LoadN(tag, row.q + c, rest);
    for (std::int64_t j = 0; j < keys_at_once; ++j) {
      sums[j] = hn::MulAdd(q, hn::LoadN(tag, k + j * d + c, rest), sums[j]);
    }
  }
  for (std::int64_t j = 0; j < keys_at_once; ++j) scores[j] = hn::ReduceSum(tag, sums[j]);
}

HWY_INLINE float dot_key(const Row& row, const float* k, std::int64_t d) {
  const Floats tag;
  Vector sum = hn::Zero(tag);
  std::int64_t c = 0;
  for (; c + lanes <= d; c += lanes) {
    sum = hn::MulAdd(hn::LoadU(tag, row.q + c), hn::LoadU(tag, k + c), sum);
  }
  const auto rest = static_cast<std::size_t>(d - c);
  sum = hn::MulAdd(hn::LoadN(tag, row.q + c, rest), hn::LoadN(tag, k + c, rest), sum);
  return hn::ReduceSum(tag, sum);
}

// Logits to probabilities; returns what older sums and outputs must be multiplied by.
HWY_INLINE float update_softmax(Row& row, std::int64_t keys) {
  const Floats tag;
  // Whole vectors: what lies behind the keys counts for nothing.
  const std::int64_t padded = (keys + lanes - 1) / lanes * lanes;
  std::fill(row.scores + keys, row.scores + padded, lowest_logit);
  Vector highest = hn::Set(tag, row.highest);
  for (std::int64_t j = 0; j < padded; j += lanes) {
    highest = hn::Max(highest, hn::LoadU(tag, row.scores + j));
  }
  highest = hn::Set(tag, hn::ReduceMax(tag, highest));
  Vector sum = hn::Zero(tag);
  for (std::int64_t j = 0; j < padded; j += lanes) {
    const auto count = static_cast<std::size_t>(std::min(lanes, keys - j));
    const Vector all = exp2_nonpositive(hn::Sub(hn::LoadU(tag, row.scores + j), highest));
    const Vector probability = hn::IfThenElseZero(hn::FirstN(tag, count), all);
    sum = hn::Add(sum, probability);
    hn::StoreU(probability, tag, row.scores + j);
  }
  const float new_highest = hn::GetLane(highest);
  const float rescale = hn::GetLane(exp2_nonpositive(hn::Set(tag, row.highest - new_highest)));
  row.sum = row.sum * rescale + hn::ReduceSum(tag, sum);
  row.highest = new_highest;
  return rescale;
}

// out = out * rescale + sum of kKeys values times their probabilities.
template <std::int64_t kKeys>
HWY_INLINE void add_values(const Row& row, const float* probabilities, const float* v,
                           std::int64_t d, float rescale) {
  const Floats tag;
  Vector weights[static_cast<std::size_t>(kKeys)];
  HWY_UNROLL(4)
  for (std::int64_t j = 0; j < kKeys; ++j) weights[j] = hn::Set(tag, probabilities[j]);
  const Vector factor = hn::Set(tag, rescale);
  std::int64_t c = 0;
  for (; c + lanes <= d; c += lanes) {
    Vector out = hn::Mul(hn::LoadU(tag, row.out + c), factor);
    HWY_UNROLL(4)
    for (std::int64_t j = 0; j < kKeys; ++j) {
      out = hn::MulAdd(weights[j], hn::LoadU(tag, v + j * d + c), out);
    }
    hn::StoreU(out, tag, row.out + c);
  }
  for (; c < d; ++c) {
    float out = row.out[c] * rescale;
    for (std::int64_t j = 0; j < kKeys; ++j) out += probabilities[j] * v[j * d + c];
    row.out[c] = out;
  }
}

// One tile's keys that this row sees.
HWY_INLINE void attend_tile(Row& row, const float* k, const float* v, std::int64_t keys,
                            std::int64_t d) {
  std::int64_t j = 0;
  for (; j + keys_at_once <= keys; j += keys_at_once) dot_keys(row, k + j * d, d, row.scores + j);
  for (; j < keys; ++j) row.scores[j] = dot_key(row, k + j * d, d);
  float rescale = update_softmax(row, keys);
  for (j = 0; j + keys_at_once <= keys; j += keys_at_once) {
    add_values<keys_at_once>(row, row.scores + j, v + j * d, d, rescale);
    rescale = 1;
  }
  for (; j < keys; ++j) {
    add_values<1>(row, row.scores + j, v + j * d, d, rescale);
    rescale = 1;
  }
}

}  // namespace

void attend_rows(const AttentionBlock& block, float* scratch) {
  const std::int64_t d = block.d;
  Row rows[few_rows];
  const auto take = [&scratch](std::int64_t count) {
    float* const taken = scratch;
    scratch += count;
    return taken;
  };
  for (std::int64_t i = 0; i < block.rows; ++i) {
    rows[i] = {.q = take(d), .out = take(d), .scores = take(tile_keys)};
    convert(block.dtype, block.q, i * d, d, block.scale * log2_e, rows[i].q);
    std::fill_n(rows[i].out, d, 0.0F);
  }
  float* const k_tile = take(tile_keys * d);
  float* const v_tile = take(tile_keys * d);
  const std::int64_t kv = *std::max_element(block.visible, block.visible + block.rows);
  for (std::int64_t first = 0; first < kv; first += tile_keys) {
    const std::int64_t keys = std::min(tile_keys, kv - first);
    const float* const k =
        float_rows(block.kv_dtype, block.k, block.k_scale, first, keys, d, k_tile);
    const float* const v =
        float_rows(block.kv_dtype, block.v, block.v_scale, first, keys, d, v_tile);
    for (std::int64_t i = 0; i < block.rows; ++i) {
      const std::int64_t seen = std::min(keys, block.visible[i] - first);
      if (seen > 0) attend_tile(rows[i], k, v, seen, d);
    }
  }
  const auto row_bytes = static_cast<std::int64_t>(bytes_for(block.dtype, d));
  for (std::int64_t i = 0; i < block.rows; ++i) {
    const float inverse = rows[i].sum > 0 ? 1 / rows[i].sum : 0;
    for (std::int64_t c = 0; c < d; ++c) rows[i].out[c] *= inverse;
    store_row(block.dtype, rows[i].out, d, block.out + i * row_bytes);
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
