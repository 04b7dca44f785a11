#include <algorithm>
#include <cstring>

#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_panel.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_products-inl.hpp"
#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

constexpr std::int64_t block_vectors = block_rows / lanes;

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
  float* scores;  // [tile_keys, block_rows] logits, then probabilities; of pairs [tile_keys / 2, …]
  float* highest;  // [block_rows] highest score so far, not scaled yet
  float* sum;      // [block_rows] sum of probabilities so far
  float* rescale;  // [block_rows] 2^(old highest - new highest)
  float* q;        // [depth, block_rows] queries, or pairs of their elements
  float* out;      // [d, block_rows] unnormalised outputs
  float* k;        // packed keys; also [lanes, d] rows on their way in and out
  float* v;        // packed values
};

// What rows see of one tile, whose key 0 is key `first` of the sequence.
struct TileMask {
  std::int64_t first = 0, keys = 0;
  std::int64_t vectors = 0;               // that hold rows
  const std::int32_t* visible = nullptr;  // [block_rows] by row
  const std::int64_t* most = nullptr;     // [vectors] the largest of a vector's rows

  // How many of the tile's keys some row of vector v sees.
  [[nodiscard]] std::int64_t seen(std::int64_t v) const {
    return std::clamp<std::int64_t>(most[v] - first, 0, keys);
  }
};

// Turns logits of one vector of rows into probabilities against the new highest logit of each row,
// and updates highest, sum and rescale.
template <bool kMasked, bool kPairs>
HWY_INLINE void update_softmax(const Tiles& tiles, const TileMask& tile, float scale,
                               std::int64_t column) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const Vector lowest = hn::Set(d, lowest_logit);
  const Vector times = hn::Set(d, scale);
  float* const scores = tiles.scores + column;
  // How many keys of this tile each row sees.
  const auto seen = hn::Sub(hn::LoadU(di, tile.visible + column),
                            hn::Set(di, static_cast<std::int32_t>(tile.first)));
  const auto is_seen = [&](std::int64_t j) HWY_ATTR {
    return hn::RebindMask(d, hn::Gt(seen, hn::Set(di, static_cast<std::int32_t>(j))));
  };
  const auto logit = [&](std::int64_t j) HWY_ATTR {
    const Vector score = hn::Load(d, scores + j * block_rows);
    return kMasked ? hn::IfThenElse(is_seen(j), score, lowest) : score;
  };
  const std::int64_t keys = tile.keys;
  Vector high = lowest;
  Vector other_high = lowest;
  std::int64_t j = 0;
  for (; j + 2 <= keys; j += 2) {
    high = hn::Max(high, logit(j));
    other_high = hn::Max(other_high, logit(j + 1));
  }
  if (j < keys) high = hn::Max(high, logit(j));
  const Vector before = hn::Load(d, tiles.highest + column);
  const Vector highest = hn::Max(before, hn::Max(high, other_high));

  // First the difference, which is exact near the highest score. That of scaled logits would hold the
  // rounding of one product, hundreds where logits are 1e10.
  const auto probability = [&](std::int64_t key) HWY_ATTR {
    const Vector score = hn::Load(d, scores + key * block_rows);
    const Vector p = exp2_nonpositive<kPairs>(hn::Mul(hn::Sub(score, highest), times));
    return kMasked ? hn::IfThenElseZero(is_seen(key), p) : p;
  };
  Vector sum = hn::Zero(d);
  Vector other_sum = hn::Zero(d);
  for (j = 0; j < keys; j += 2) {
    const Vector p = probability(j);
    const Vector next = j + 1 < keys ? probability(j + 1) : hn::Zero(d);
    sum = hn::Add(sum, p);
    other_sum = hn::Add(other_sum, next);
    if constexpr (kPairs) {
      // Rounded to nearest by carrying into the upper half; no probability overflows.
      const Words words;
      const WordVector half = hn::Set(words, 0x8000);
      const WordVector low = hn::ShiftRight<16>(hn::Add(hn::BitCast(words, p), half));
      const WordVector high_part = hn::Add(hn::BitCast(words, next), half);
      const WordVector pair = hn::OrAnd(low, high_part, hn::Set(words, 0xffff0000));
      hn::Store(hn::BitCast(d, pair), d, scores + j / 2 * block_rows);
    } else {
      hn::Store(p, d, scores + j * block_rows);
      if (j + 1 < keys) hn::Store(next, d, scores + (j + 1) * block_rows);
    }
  }
  const Vector rescale = exp2_nonpositive(hn::Mul(hn::Sub(before, highest), times));
  hn::Store(highest, d, tiles.highest + column);
  hn::Store(rescale, d, tiles.rescale + column);
  hn::Store(hn::MulAdd(hn::Load(d, tiles.sum + column), rescale, hn::Add(sum, other_sum)), d,
            tiles.sum + column);
}

// One tile: scores, softmax, sums of values. `k` and `v` point at the tile's packed keys and values.
template <typename Products, bool kMasked>
HWY_INLINE void attend_tile(const AttentionBlock& block, const Tiles& tiles, const TileMask& tile,
                            const typename Products::Element* k,
                            const typename Products::Element* v, float scale) {
  using Element = typename Products::Element;
  constexpr bool pairs = Products::per_element == 2;
  const std::int64_t depth = block.d / Products::per_element;
  const auto* const q = reinterpret_cast<const Element*>(tiles.q);
  // A mask leaves the first rows without the last keys: vectors of rows that see none of some keys
  // are left out there.
  const std::int64_t step = kMasked ? lanes : tile.keys;
  for (std::int64_t j = 0; j < tile.keys; j += step) {
    std::int64_t first = 0;
    if constexpr (kMasked) {
      while (first < tile.vectors && tile.seen(first) <= j) ++first;
    }
    product<Products, false>(k + j * depth, {depth, 1}, std::min(step, tile.keys - j), q, depth,
                             tiles.rescale, tiles.scores + j * block_rows, first, tile.vectors);
  }
  for (std::int64_t i = 0; i < tile.vectors; ++i) {
    update_softmax<kMasked, pairs>(tiles, tile, scale, i * lanes);
  }
  const auto* const probabilities = reinterpret_cast<const Element*>(tiles.scores);
  const std::int64_t vectors = kMasked ? 2 : tile.vectors;
  for (std::int64_t i = 0; i < tile.vectors; i += vectors) {
    const std::int64_t end = std::min(i + vectors, tile.vectors);
    std::int64_t keys = tile.keys;
    if constexpr (kMasked) {
      keys = 0;
      for (std::int64_t each = i; each < end; ++each) keys = std::max(keys, tile.seen(each));
      if (keys == 0) continue;
    }
    product<Products, true>(v, {1, block.d}, block.d, probabilities,
                            (keys + Products::per_element - 1) / Products::per_element,
                            tiles.rescale, tiles.out, i, end);
  }
}

// [lanes, width] rows to [width, block_rows], and back.
HWY_INLINE void transpose_in(const float* rows, std::int64_t width, float* to) {
  const Floats d;
  HWY_ALIGN float quads[static_cast<std::size_t>(4 * lanes)];
  std::int64_t c = 0;
  for (; c + 4 <= width; c += 4) {
    for (std::int64_t i = 0; i < lanes; ++i) {
      std::memcpy(quads + 4 * i, rows + i * width + c, 4 * sizeof(float));
    }
    Vector columns[4];
    hn::LoadInterleaved4(d, quads, columns[0], columns[1], columns[2], columns[3]);
    for (int x = 0; x < 4; ++x) hn::Store(columns[x], d, to + (c + x) * block_rows);
  }
  for (; c < width; ++c) {
    for (std::int64_t i = 0; i < lanes; ++i) {
      std::memcpy(to + c * block_rows + i, rows + i * width + c, sizeof(float));
    }
  }
}
HWY_INLINE void transpose_out(const float* from, std::int64_t width, float* rows) {
  const Floats d;
  HWY_ALIGN float quads[static_cast<std::size_t>(4 * lanes)];
  std::int64_t c = 0;
  for (; c + 4 <= width; c += 4) {
    const float* const column = from + c * block_rows;
    hn::StoreInterleaved4(hn::Load(d, column), hn::Load(d, column + block_rows),
                          hn::Load(d, column + 2 * block_rows),
                          hn::Load(d, column + 3 * block_rows), d, quads);
    for (std::int64_t i = 0; i < lanes; ++i) {
      std::memcpy(rows + i * width + c, quads + 4 * i, 4 * sizeof(float));
    }
  }
  for (; c < width; ++c) {
    for (std::int64_t i = 0; i < lanes; ++i) rows[i * width + c] = from[c * block_rows + i];
  }
}

// Queries with rows in lanes; empty sums.
HWY_INLINE void begin(const AttentionBlock& block, const Tiles& tiles, std::int64_t vectors) {
  std::fill_n(tiles.out, block.d * block_rows, 0.0F);
  std::fill_n(tiles.sum, block_rows, 0.0F);
  std::fill_n(tiles.highest, block_rows, lowest_logit);
  const bool pairs = block.arithmetic == Arithmetic::bf16_pairs;
  const std::int64_t width = pairs ? block.d / 2 : block.d;
  for (std::int64_t i = 0; i < vectors; ++i) {
    const std::int64_t first = i * lanes;
    const std::int64_t rows = std::min(lanes, block.rows - first);
    if (pairs) {
      std::memcpy(tiles.k, block.q + bytes_for(block.dtype, first * block.d),
                  bytes_for(block.dtype, rows * block.d));
    } else {
      convert(block.dtype, block.q, first * block.d, rows * block.d, 1.0F, tiles.k);
    }
    std::fill(tiles.k + rows * width, tiles.k + lanes * width, 0.0F);
    transpose_in(tiles.k, width, tiles.q + first);
  }
}

// Normalises. Partial results are left as they are.
HWY_INLINE void finish(const AttentionBlock& block, const Tiles& tiles, std::int64_t vectors) {
  const std::int64_t d = block.d;
  for (std::int64_t i = 0; i < vectors; ++i) {
    const std::int64_t first = i * lanes;
    transpose_out(tiles.out + first, d, tiles.k);
    const std::int64_t rows = std::min(block.rows, first + lanes);
    for (std::int64_t r = first; r < rows; ++r) {
      const float* const row = tiles.k + (r - first) * d;
      if (block.partial != nullptr) {
        float* const partial = block.partial + r * partial_size(d);
        std::copy_n(row, d, partial);
        // Scaled, the lowest could be infinite.
        partial[d] = std::max(lowest_logit, tiles.highest[r] * (block.scale * log2_e));
        partial[d + 1] = tiles.sum[r];
      } else {
        const float inverse = inverse_of(tiles.sum[r], block.visible[r] > 0);
        store_row(block.dtype, row, inverse, d, block.out + bytes_for(block.dtype, r * d));
      }
    }
  }
}

template <typename Products>
HWY_INLINE void attend(const AttentionBlock& block, float* scratch) {
  using Element = typename Products::Element;
  const Tiles tiles(scratch, block.d);
  TileMask tile;
  tile.vectors = (block.rows + lanes - 1) / lanes;
  begin(block, tiles, tile.vectors);
  std::int32_t visible[block_rows] = {};
  std::int64_t most[block_vectors] = {};
  std::copy_n(block.visible, block.rows, visible);
  // Lanes behind the last row do as it does.
  std::fill(visible + block.rows, visible + block_rows, visible[block.rows - 1]);
  for (std::int64_t i = 0; i < tile.vectors; ++i) {
    most[i] = *std::max_element(visible + i * lanes, visible + (i + 1) * lanes);
  }
  tile.visible = visible;
  tile.most = most;
  const std::int64_t unmasked =
      std::min<std::int64_t>(*std::min_element(visible, visible + block.rows), block.end_key);
  const std::int64_t end =
      std::min<std::int64_t>(*std::max_element(visible, visible + block.rows), block.end_key);
  const float scale = block.scale * log2_e;
  const std::int64_t k_row = block.d / Products::per_element;

  for (tile.first = block.first_key; tile.first < end; tile.first += tile.keys) {
    const bool wide = tile.first + tile_keys <= unmasked || unmasked == end;
    tile.keys = std::min(wide ? tile_keys : masked_tile_keys, end - tile.first);
    KeysValues at = block.packed;
    if (at.k == nullptr) {
      at = stored_form(block);
      pack_keys_values(block, tile.first, tile.keys, tiles.k, tiles.v);
    }
    const std::int64_t v_first = tile.first / Products::per_element * block.d;
    const auto* const k = at.k != nullptr ? static_cast<const Element*>(at.k) + tile.first * k_row
                                          : reinterpret_cast<const Element*>(tiles.k);
    const auto* const v = at.v != nullptr ? static_cast<const Element*>(at.v) + v_first
                                          : reinterpret_cast<const Element*>(tiles.v);
    if (tile.first + tile.keys <= unmasked) {
      attend_tile<Products, false>(block, tiles, tile, k, v, scale);
    } else {
      attend_tile<Products, true>(block, tiles, tile, k, v, scale);
    }
  }
  finish(block, tiles, tile.vectors);
}

}  // namespace

void attend_panel(const AttentionBlock& block, float* scratch) {
#if HWY_NATIVE_DOT_BF16
  if (block.arithmetic == Arithmetic::bf16_pairs) return attend<PairProducts>(block, scratch);
#endif
  attend<FloatProducts>(block, scratch);
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
  const std::int64_t panel = (tile_keys + 3) * block_rows + 2 * d * (block_rows + tile_keys);
  // Queries and sums, padded to two of the widest vectors, and logits.
  const std::int64_t few = few_rows * (2 * (d + 32) + few_keys);
  return static_cast<std::size_t>(std::max(panel, few));
}

}  // namespace assay::onednn
#endif
