#include "backends/onednn/attention_block.hpp"

#include <algorithm>

#include "backends/onednn/attention_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_panel.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));
// Vectors of rows that one pass holds in registers: 4 x 4 accumulators need 32 registers.
constexpr int most_vectors = HWY_MAX_BYTES == 64 || HWY_ARCH_ARM_A64 ? 4 : 2;

// The parts of a thread's scratch. Matrices whose second index is a row of the block: row-major,
// block_rows wide.
struct Tiles {
  Tiles(float* scratch, std::int64_t d) {
    const auto take = [&scratch](std::int64_t count) {
      float* const taken = scratch;
      scratch += count;
      return taken;
    };
    scores = take(tile_keys * block_rows);
    highest = take(block_rows);
    sum = take(block_rows);
    rescale = take(block_rows);
    q = take(d * block_rows);
    out = take(d * block_rows);
    k = take(tile_keys * d);
    v = take(tile_keys * d);
  }
  float* scores;   // [tile_keys, block_rows] logits in units of log 2, then probabilities
  float* highest;  // [block_rows] highest logit so far
  float* sum;      // [block_rows] sum of probabilities so far
  float* rescale;  // [block_rows] 2^(old highest - new highest)
  float* q;        // [d, block_rows] scaled queries
  float* out;      // [d, block_rows] unnormalised outputs
  float* k;        // [tile_keys, d] converted keys; also a row to convert in
  float* v;        // [tile_keys, d] converted values
};

// How `a` is walked: element (r, t) is a[r * row + t * depth].
struct Strides {
  std::int64_t row, depth;
};

// out[r, :] = sum over t of a(r, t) b[t, :], for kRows rows and kVectors vectors of columns; b and
// out are block_rows wide. With kRescale the old out, times `rescale`, is added.
template <int kRows, int kVectors, bool kRescale>
HWY_INLINE void product_tile(const float* HWY_RESTRICT a, Strides strides,
                             const float* HWY_RESTRICT b, std::int64_t depth,
                             const float* HWY_RESTRICT rescale, float* HWY_RESTRICT out) {
  const Floats d;
  Vector sums[static_cast<std::size_t>(kRows)][static_cast<std::size_t>(kVectors)];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = kRescale ? hn::Mul(hn::Load(d, out + r * block_rows + v * lanes),
                                      hn::Load(d, rescale + v * lanes))
                            : hn::Zero(d);
    }
  }
  for (std::int64_t t = 0; t < depth; ++t, a += strides.depth, b += block_rows) {
    Vector columns[static_cast<std::size_t>(kVectors)];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) columns[v] = hn::Load(d, b + v * lanes);
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      const Vector element = hn::Set(d, a[r * strides.row]);
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(element, columns[v], sums[r][v]);
    }
  }
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      hn::Store(sums[r][v], d, out + r * block_rows + v * lanes);
    }
  }
}

// product_tile over any number of rows.
template <int kVectors, bool kRescale>
HWY_INLINE void product_rows(const float* a, Strides strides, std::int64_t rows, const float* b,
                             std::int64_t depth, const float* rescale, float* out) {
  // As many independent sums as hide the latency of a fused multiply-add.
  constexpr int at_once = kVectors * 2 > most_vectors ? 4 : 8;
  std::int64_t r = 0;
  for (; r + at_once <= rows; r += at_once) {
    product_tile<at_once, kVectors, kRescale>(a + r * strides.row, strides, b, depth, rescale,
                                              out + r * block_rows);
  }
  for (; r < rows; ++r) {
    product_tile<1, kVectors, kRescale>(a + r * strides.row, strides, b, depth, rescale,
                                        out + r * block_rows);
  }
}

// product_rows over the vectors of columns [0, columns).
template <bool kRescale>
HWY_INLINE void product(const float* a, Strides strides, std::int64_t rows, const float* b,
                        std::int64_t depth, const float* rescale, float* out,
                        std::int64_t columns) {
  for (std::int64_t i = 0; i < columns; i += most_vectors * lanes) {
    const auto call = [&]<int kVectors>() HWY_ATTR {
      product_rows<kVectors, kRescale>(a, strides, rows, b + i, depth, rescale + i, out + i);
    };
    const std::int64_t vectors = (columns - i + lanes - 1) / lanes;
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

// Turns a tile's logits into probabilities against the new highest logit of each row, and updates
// highest, sum and rescale. Key 0 of the tile is key `first` of the sequence.
template <bool kMasked>
HWY_INLINE void update_softmax(const Tiles& tiles, std::int64_t keys, std::int64_t first,
                               const std::int32_t* visible, std::int64_t columns) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const Vector lowest = hn::Set(d, lowest_logit);
  for (std::int64_t i = 0; i < columns; i += lanes) {
    float* const scores = tiles.scores + i;
    // How many keys of this tile each row sees.
    const auto seen =
        hn::Sub(hn::LoadU(di, visible + i), hn::Set(di, static_cast<std::int32_t>(first)));
    const auto is_seen = [&](std::int64_t j) HWY_ATTR {
      return hn::RebindMask(d, hn::Gt(seen, hn::Set(di, static_cast<std::int32_t>(j))));
    };
    const Vector before = hn::Load(d, tiles.highest + i);
    Vector highest = before;
    for (std::int64_t j = 0; j < keys; ++j) {
      Vector score = hn::Load(d, scores + j * block_rows);
      if constexpr (kMasked) score = hn::IfThenElse(is_seen(j), score, lowest);
      highest = hn::Max(highest, score);
    }
    Vector sum = hn::Zero(d);
    for (std::int64_t j = 0; j < keys; ++j) {
      const Vector score = hn::Load(d, scores + j * block_rows);
      Vector probability = exp2_nonpositive(hn::Sub(score, highest));
      if constexpr (kMasked) probability = hn::IfThenElseZero(is_seen(j), probability);
      sum = hn::Add(sum, probability);
      hn::Store(probability, d, scores + j * block_rows);
    }
    const Vector rescale = exp2_nonpositive(hn::Sub(before, highest));
    hn::Store(highest, d, tiles.highest + i);
    hn::Store(rescale, d, tiles.rescale + i);
    hn::Store(hn::MulAdd(hn::Load(d, tiles.sum + i), rescale, sum), d, tiles.sum + i);
  }
}

// Queries transposed and scaled such that logits come out in units of log 2; empty sums.
HWY_INLINE void begin(const AttentionBlock& block, const Tiles& tiles) {
  std::fill_n(tiles.q, block.d * block_rows, 0.0F);
  std::fill_n(tiles.out, block.d * block_rows, 0.0F);
  std::fill_n(tiles.sum, block_rows, 0.0F);
  std::fill_n(tiles.highest, block_rows, lowest_logit);
  for (std::int64_t i = 0; i < block.rows; ++i) {
    convert(block.dtype, block.q, i * block.d, block.d, block.scale * log2_e, tiles.k);
    for (std::int64_t c = 0; c < block.d; ++c) tiles.q[c * block_rows + i] = tiles.k[c];
  }
}

// Normalises; a row that saw no key gives 0.
HWY_INLINE void finish(const AttentionBlock& block, const Tiles& tiles) {
  const std::int64_t row_bytes = static_cast<std::int64_t>(bytes_for(block.dtype, block.d));
  for (std::int64_t i = 0; i < block.rows; ++i) {
    const float inverse = tiles.sum[i] > 0 ? 1 / tiles.sum[i] : 0;
    for (std::int64_t c = 0; c < block.d; ++c) {
      tiles.k[c] = tiles.out[c * block_rows + i] * inverse;
    }
    store_row(block.dtype, tiles.k, block.d, block.out + i * row_bytes);
  }
}

}  // namespace

void attend_panel(const AttentionBlock& block, float* scratch) {
  const Tiles tiles(scratch, block.d);
  begin(block, tiles);
  const auto [fewest, most] = std::minmax_element(block.visible, block.visible + block.rows);
  const std::int64_t unmasked = *fewest;
  const std::int64_t kv = *most;
  // Lanes behind the last row see everything, so that they mask nothing.
  std::int32_t visible[block_rows];
  std::fill(std::copy_n(block.visible, block.rows, visible), visible + block_rows, *most);
  for (std::int64_t first = 0; first < kv; first += tile_keys) {
    const std::int64_t keys = std::min(tile_keys, kv - first);
    const float* const k =
        float_rows(block.kv_dtype, block.k, block.k_scale, first, keys, block.d, tiles.k);
    product<false>(k, {block.d, 1}, keys, tiles.q, block.d, tiles.rescale, tiles.scores,
                   block.rows);
    if (first + keys <= unmasked) {
      update_softmax<false>(tiles, keys, first, visible, block.rows);
    } else {
      update_softmax<true>(tiles, keys, first, visible, block.rows);
    }
    const float* const v =
        float_rows(block.kv_dtype, block.v, block.v_scale, first, keys, block.d, tiles.v);
    product<true>(v, {1, block.d}, block.d, tiles.scores, keys, tiles.rescale, tiles.out,
                  block.rows);
  }
  finish(block, tiles);
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(attend_panel);

void attend_panel(const AttentionBlock& block, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_panel)(block, scratch);
}

std::size_t block_scratch(std::int64_t d) {
  return static_cast<std::size_t>((tile_keys + 3) * block_rows + 2 * d * (block_rows + tile_keys));
}

}  // namespace assay::onednn
#endif
