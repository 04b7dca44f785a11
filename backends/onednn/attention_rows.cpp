// First: it decides what Highway's headers mean.
#include "backends/onednn/attention_targets.hpp"

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "backends/onednn/attention_block.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/attention_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/attention_vector-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

// Keys of a tile: its rows of K and V stay in the first-level cache while a second group of rows
// takes them.
constexpr std::int64_t few_keys = 64;
// Rows, and keys, taken together: 16 independent sums.
constexpr std::int64_t rows_at_once = 4;
constexpr std::int64_t keys_at_once = 4;
// Bytes that memory sends at once.
constexpr std::int64_t line = 64;

// State of the rows, in the thread's scratch; `padded` is d up to whole vectors of anything.
struct Rows {
  Rows(float* scratch, std::int64_t d) : padded((d + 2 * lanes - 1) / (2 * lanes) * 2 * lanes) {
    const auto take = [&scratch](std::int64_t count) {
      float* const taken = scratch;
      scratch += count;
      return taken;
    };
    q = take(few_rows * padded);
    out = take(few_rows * padded);
    scores = take(few_rows * few_keys);
  }
  std::int64_t padded;
  float* q;       // [few_rows, padded], zeros behind d; or bf16
  float* out;     // [few_rows, padded] unnormalised
  float* scores;  // [few_rows, few_keys] logits, then probabilities
  float highest[few_rows] = {};
  float sum[few_rows] = {};
  float rescale[few_rows] = {};
};

// Adds up a vector whose blocks of four lanes belong together.
template <class D, class V>
HWY_INLINE void store_folded(D d, V v, float* to) {
  if constexpr (hn::MaxLanes(D()) <= 4) {
    hn::StoreU(v, d, to);
  } else {
    const hn::Half<D> half;
    store_folded(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), to);
  }
}

// to[0..4) = sums over all lanes of a, b, c and e.
HWY_INLINE void store_sums(Vector a, Vector b, Vector c, Vector e, float* to) {
  const Floats d;
  const hn::Repartition<std::uint64_t, Floats> twos;
  const Vector ab = hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  const Vector ce = hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
  const auto low = hn::InterleaveLower(twos, hn::BitCast(twos, ab), hn::BitCast(twos, ce));
  const auto high = hn::InterleaveUpper(twos, hn::BitCast(twos, ab), hn::BitCast(twos, ce));
  store_folded(d, hn::Add(hn::BitCast(d, low), hn::BitCast(d, high)), to);
}

// How keys are multiplied: element type of the queries, elements of a vector, product.
template <typename Stored>
struct FloatDots {
  using Query = float;
  static constexpr std::int64_t width = lanes;
  static HWY_INLINE Vector query(const float* q) { return hn::LoadU(Floats(), q); }
  static HWY_INLINE Vector load(const Stored* k) {
    return promote(hn::LoadU(hn::Rebind<Stored, Floats>(), k));
  }
  static HWY_INLINE Vector load(const Stored* k, std::size_t count) {
    return promote(hn::LoadN(hn::Rebind<Stored, Floats>(), k, count));
  }
  static HWY_INLINE Vector multiply_add(Vector q, Vector k, Vector sum) {
    return hn::MulAdd(q, k, sum);
  }
};

#if HWY_NATIVE_DOT_BF16
struct PairDots {
  using Pairs = hn::Repartition<hwy::bfloat16_t, Floats>;
  using PairVector = hn::Vec<Pairs>;
  using Query = hwy::bfloat16_t;
  static constexpr std::int64_t width = 2 * lanes;
  static HWY_INLINE PairVector query(const Query* q) { return hn::LoadU(Pairs(), q); }
  static HWY_INLINE PairVector load(const Query* k) { return hn::LoadU(Pairs(), k); }
  static HWY_INLINE PairVector load(const Query* k, std::size_t count) {
    return hn::LoadN(Pairs(), k, count);
  }
  static HWY_INLINE Vector multiply_add(PairVector q, PairVector k, Vector sum) {
    Vector unused = hn::Zero(Floats());
    return hn::ReorderWidenMulAccumulate(Floats(), q, k, sum, unused);
  }
};
#endif

// scores[r * few_keys + x] = q[r] . k[x] for kRows rows and keys_at_once keys, the x-th at
// k[offset[x]].
template <typename Dots, std::int64_t kRows, typename Stored>
HWY_INLINE void dot_keys(const typename Dots::Query* q, std::int64_t q_row, const Stored* k,
                         const std::int64_t* offset, std::int64_t d, float* scores) {
  const Floats tag;
  Vector sums[static_cast<std::size_t>(kRows)][keys_at_once];
  HWY_UNROLL(4)
  for (auto& row : sums) {
    HWY_UNROLL(4)
    for (auto& sum : row) sum = hn::Zero(tag);
  }
  const auto add = [&](std::int64_t c, auto&& load) HWY_ATTR {
    decltype(Dots::load(k)) keys[keys_at_once];
    HWY_UNROLL(4)
    for (std::int64_t x = 0; x < keys_at_once; ++x) keys[x] = load(k + offset[x] + c);
    HWY_UNROLL(4)
    for (std::int64_t r = 0; r < kRows; ++r) {
      const auto query = Dots::query(q + r * q_row + c);
      HWY_UNROLL(4)
      for (std::int64_t x = 0; x < keys_at_once; ++x) {
        sums[r][x] = Dots::multiply_add(query, keys[x], sums[r][x]);
      }
    }
  };
  std::int64_t c = 0;
  for (; c + Dots::width <= d; c += Dots::width) {
    add(c, [](const Stored* from) HWY_ATTR { return Dots::load(from); });
  }
  if (c < d) {
    const auto rest = static_cast<std::size_t>(d - c);
    add(c, [rest](const Stored* from) HWY_ATTR { return Dots::load(from, rest); });
  }
  HWY_UNROLL(4)
  for (std::int64_t r = 0; r < kRows; ++r) {
    store_sums(sums[r][0], sums[r][1], sums[r][2], sums[r][3], scores + r * few_keys);
  }
}

// Row r's logits of a tile to probabilities, of the first `seen` keys; the others' are 0. Scales
// are those of the tile's keys, or null.
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
    hn::StoreU(p, tag, scores + j);
  }
  const float rescale = hn::GetLane(exp2_nonpositive(hn::Set(tag, before - highest)));
  rows.sum[r] = rows.sum[r] * rescale + hn::ReduceSum(tag, sum);
  rows.highest[r] = highest;
  rows.rescale[r] = rescale;
}

// Asks for `count` elements.
template <typename Stored>
HWY_INLINE void prefetch(const Stored* from, std::int64_t count) {
  const auto* const bytes = reinterpret_cast<const char*>(from);
  const auto size = static_cast<std::int64_t>(sizeof(Stored)) * count;
  for (std::int64_t i = 0; i < size; i += line) hwy::Prefetch(bytes + i);
}

// out = out * rescale + sum over keys of probability times value, for kRows rows from `row` on and
// kVectors vectors of columns from c on. The last vector holds `rest` columns. Meanwhile memory is
// asked for the same of `next`.
template <std::int64_t kRows, std::int64_t kVectors, bool kWhole, typename Stored>
HWY_INLINE void add_values(const Rows& rows, std::int64_t row, const Stored* v, std::int64_t keys,
                           std::int64_t d, std::int64_t c, std::size_t rest, const Stored* next) {
  const Floats tag;
  const hn::Rebind<Stored, Floats> stored;
  Vector sums[static_cast<std::size_t>(kRows)][static_cast<std::size_t>(kVectors)];
  HWY_UNROLL(4)
  for (std::int64_t r = 0; r < kRows; ++r) {
    const Vector rescale = hn::Set(tag, rows.rescale[row + r]);
    HWY_UNROLL(8)
    for (std::int64_t x = 0; x < kVectors; ++x) {
      sums[r][x] =
          hn::Mul(hn::LoadU(tag, rows.out + (row + r) * rows.padded + c + x * lanes), rescale);
    }
  }
  const float* const probabilities = rows.scores + row * few_keys;
  for (std::int64_t j = 0; j < keys; ++j) {
    const Stored* const value = v + j * d + c;
    prefetch(next + j * d + c, kVectors * lanes);
    Vector values[static_cast<std::size_t>(kVectors)];
    HWY_UNROLL(8)
    for (std::int64_t x = 0; x < kVectors; ++x) {
      values[x] = promote(kWhole ? hn::LoadU(stored, value + x * lanes)
                                 : hn::LoadN(stored, value + x * lanes, rest));
    }
    HWY_UNROLL(4)
    for (std::int64_t r = 0; r < kRows; ++r) {
      const Vector p = hn::Set(tag, probabilities[r * few_keys + j]);
      HWY_UNROLL(8)
      for (std::int64_t x = 0; x < kVectors; ++x) {
        sums[r][x] = hn::MulAdd(p, values[x], sums[r][x]);
      }
    }
  }
  HWY_UNROLL(4)
  for (std::int64_t r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (std::int64_t x = 0; x < kVectors; ++x) {
      hn::StoreU(sums[r][x], tag, rows.out + (row + r) * rows.padded + c + x * lanes);
    }
  }
}

// Rows [row, row + kRows) against a tile of keys.
template <typename Dots, std::int64_t kRows, typename Stored>
HWY_INLINE void attend_tile(const AttentionBlock& block, Rows& rows, std::int64_t row,
                            std::int64_t first, std::int64_t keys) {
  const std::int64_t d = block.d;
  const Stored* const k = reinterpret_cast<const Stored*>(block.k) + first * d;
  const Stored* const v = reinterpret_cast<const Stored*>(block.v) + first * d;
  const auto* const q = reinterpret_cast<const typename Dots::Query*>(rows.q + row * rows.padded);
  const std::int64_t q_row =
      rows.padded * static_cast<std::int64_t>(sizeof(float) / sizeof(typename Dots::Query));
  for (std::int64_t j = 0; j < keys; j += keys_at_once) {
    std::int64_t offset[keys_at_once] = {};
    // Behind the last key it is taken again.
    for (std::int64_t x = 0; x < keys_at_once; ++x) offset[x] = std::min(j + x, keys - 1) * d;
    // What is needed when the logits are done.
    prefetch(v + j * d, keys_at_once * d);
    dot_keys<Dots, kRows>(q, q_row, k, offset, d, rows.scores + row * few_keys + j);
  }
  for (std::int64_t r = row; r < row + kRows; ++r) {
    update_softmax(rows, r, std::clamp<std::int64_t>(block.visible[r] - first, 0, keys), keys,
                   block.scale * log2_e, block.k_scale == nullptr ? nullptr : block.k_scale + first,
                   block.v_scale == nullptr ? nullptr : block.v_scale + first);
  }
  const Stored* const next = k + keys * d;  // the next tile's keys
  constexpr std::int64_t vectors = HWY_MAX_BYTES == 64 || HWY_ARCH_ARM_A64 ? 4 : 2;
  std::int64_t c = 0;
  for (; c + vectors * lanes <= d; c += vectors * lanes) {
    add_values<kRows, vectors, true>(rows, row, v, keys, d, c, 0, next);
  }
  for (; c + lanes <= d; c += lanes) add_values<kRows, 1, true>(rows, row, v, keys, d, c, 0, next);
  if (c < d) {
    add_values<kRows, 1, false>(rows, row, v, keys, d, c, static_cast<std::size_t>(d - c), next);
  }
}

template <typename Dots, typename Stored>
HWY_INLINE void attend_all(const AttentionBlock& block, Rows& rows) {
  std::int64_t end = *std::max_element(block.visible, block.visible + block.rows);
  end = std::min(end, block.end_key);
  for (std::int64_t first = block.first_key; first < end; first += few_keys) {
    const std::int64_t keys = std::min(few_keys, end - first);
    std::int64_t row = 0;
    for (; row + rows_at_once <= block.rows; row += rows_at_once) {
      attend_tile<Dots, rows_at_once, Stored>(block, rows, row, first, keys);
    }
    switch (block.rows - row) {
      case 3:
        attend_tile<Dots, 3, Stored>(block, rows, row, first, keys);
        break;
      case 2:
        attend_tile<Dots, 2, Stored>(block, rows, row, first, keys);
        break;
      case 1:
        attend_tile<Dots, 1, Stored>(block, rows, row, first, keys);
        break;
      default:
        break;
    }
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
      const float inverse = rows.sum[r] > 0 ? 1 / rows.sum[r] : 0;
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
