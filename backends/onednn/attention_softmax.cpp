// First: it decides what Highway's headers mean.
#include "backends/onednn/attention_targets.hpp"

#include "backends/onednn/attention_softmax.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_softmax.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

template <bool kBf16>
HWY_INLINE void update_row(const ScoreTile& tile, std::int64_t row) {
  const Floats d;
  const std::int64_t width = tile.width;
  const auto seen = std::clamp<std::int64_t>(tile.visible[row] - tile.first, 0, width);
  float* const scores = tile.scores + row * width;
  std::fill(scores + seen, scores + width, lowest_logit);
  const Vector scale = hn::Set(d, tile.scale * log2_e);
  Vector high = hn::Set(d, lowest_logit);
  for (std::int64_t j = 0; j < width; j += lanes) high = hn::Max(high, hn::LoadU(d, scores + j));
  const float before = tile.highest[row];
  const float highest = std::max(before, hn::ReduceMax(d, high));
  Vector sum = hn::Zero(d);
  for (std::int64_t j = 0; j < width; j += lanes) {
    const Vector score = hn::LoadU(d, scores + j);
    // First the difference: see attention_panel.cpp.
    Vector p = exp2_nonpositive<kBf16>(hn::Mul(hn::Sub(score, hn::Set(d, highest)), scale));
    if (j + lanes > seen) {
      const auto count = static_cast<std::size_t>(std::clamp<std::int64_t>(seen - j, 0, lanes));
      p = hn::IfThenElseZero(hn::FirstN(d, count), p);
    }
    sum = hn::Add(sum, p);
    if constexpr (kBf16) {
      const hn::Rebind<hwy::bfloat16_t, Floats> stored;
      auto* const to = static_cast<hwy::bfloat16_t*>(tile.probabilities) + row * width;
      hn::StoreU(hn::DemoteTo(stored, p), stored, to + j);
    } else {
      hn::StoreU(p, d, static_cast<float*>(tile.probabilities) + row * width + j);
    }
  }
  const float rescale = hn::GetLane(exp2_nonpositive(hn::Mul(hn::Set(d, before - highest), scale)));
  tile.sum[row] = tile.sum[row] * rescale + hn::ReduceSum(d, sum);
  tile.highest[row] = highest;
  if (rescale != 1) {
    float* const out = tile.out + row * tile.d;
    const Vector factor = hn::Set(d, rescale);
    for (std::int64_t c = 0; c < tile.d; c += lanes) {
      hn::StoreU(hn::Mul(hn::LoadU(d, out + c), factor), d, out + c);
    }
  }
}

}  // namespace

void update_score_tile(const ScoreTile& tile) {
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    tile.dtype == DType::bf16 ? update_row<true>(tile, row) : update_row<false>(tile, row);
  }
}

void begin_rows(const ScoreTile& tile) {
  std::fill_n(tile.highest, tile.rows, lowest_logit);
  std::fill_n(tile.sum, tile.rows, 0.0F);
  std::fill_n(tile.out, tile.rows * tile.d, 0.0F);
}

void finish_rows(const ScoreTile& tile, DType dtype, std::byte* to) {
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    const float inverse = inverse_of(tile.sum[row], tile.visible[row] > 0);
    store_row(dtype, tile.out + row * tile.d, inverse, tile.d, to + bytes_for(dtype, row * tile.d));
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(update_score_tile);
HWY_EXPORT(begin_rows);
HWY_EXPORT(finish_rows);

void update_score_tile(const ScoreTile& tile) { HWY_DYNAMIC_DISPATCH(update_score_tile)(tile); }
void begin_rows(const ScoreTile& tile) { HWY_DYNAMIC_DISPATCH(begin_rows)(tile); }
void finish_rows(const ScoreTile& tile, DType dtype, std::byte* to) {
  HWY_DYNAMIC_DISPATCH(finish_rows)(tile, dtype, to);
}

}  // namespace assay::onednn
#endif
