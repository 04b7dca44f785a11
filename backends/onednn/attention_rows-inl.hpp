// How a few query rows multiply keys and add values, compiled once for each instruction set.
// Included by attention_rows.cpp, which Highway's foreach_target.h compiles.

// Highway's include guard: once per target, not once.
#if defined(ASSAY_ONEDNN_ATTENTION_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ONEDNN_ATTENTION_ROWS_INL
#undef ASSAY_ONEDNN_ATTENTION_ROWS_INL
#else
#define ASSAY_ONEDNN_ATTENTION_ROWS_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_vector-inl.hpp"
#include "backends/onednn/dot-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {

// Keys, or values, that stay in the first-level cache while further rows take them.
inline constexpr std::int64_t near_keys = 16;
// Vector registers for the sums of values. With 32 registers whole rows of values are read one after the
// other, which the hardware fetches ahead; with 16 it is pieces of them, which it doesn't.
inline constexpr std::int64_t value_sums = HWY_MAX_BYTES == 64 || HWY_ARCH_ARM_A64 ? 16 : 8;
inline constexpr bool fetches_ahead = value_sums == 8;
// Keys whose sums are added up together.
inline constexpr std::int64_t keys_at_once = 4;

// Has `count` elements from `from` on fetched.
template <typename Stored>
HWY_INLINE void fetch(const Stored* from, std::int64_t count) {
  constexpr auto line = static_cast<std::int64_t>(64 / sizeof(Stored));
  for (std::int64_t i = 0; i < count; i += line) __builtin_prefetch(from + i);
}

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

// How keys are multiplied and values added: element type of the queries, elements of a stored vector,
// rows taken together, and of values the keys that are added at once and the sums that a stored vector
// goes to.
//
// Two rows at a time, and the next two when keys and values are in the cache: so few operations between
// reads let the processor look far ahead in memory. But converting again for them would cost more, and
// what is fetched ahead anyway needs no second reading.
template <typename Stored>
struct FloatDots {
  using Query = float;
  using Key = Vector;
  static constexpr std::int64_t width = lanes;
  static constexpr std::int64_t rows_at_once =
      sizeof(Stored) == sizeof(float) && !fetches_ahead ? 2 : 4;
  static constexpr std::int64_t values_at_once = 1;
  static constexpr std::int64_t parts = 1;
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
  // Probabilities of a row, which lie where its logits were.
  static HWY_INLINE void store_probabilities(Vector p, float* scores, std::int64_t j) {
    hn::StoreU(p, Floats(), scores + j);
  }
  static HWY_INLINE Vector probability(const float* scores, std::int64_t j) {
    return hn::Set(Floats(), scores[j]);
  }
  static HWY_INLINE void join(Vector value, Vector, Vector (&parts_of)[1]) { parts_of[0] = value; }
  // Where column c of a row of `out` lies.
  static std::int64_t place(std::int64_t c) { return c; }
};

#if HWY_NATIVE_DOT_BF16
struct PairDots {
  using Pairs = hn::Repartition<hwy::bfloat16_t, Floats>;
  using PairVector = hn::Vec<Pairs>;
  using Query = hwy::bfloat16_t;
  using Key = PairVector;
  static constexpr std::int64_t width = 2 * lanes;
  static constexpr std::int64_t rows_at_once = 2;
  static constexpr std::int64_t values_at_once = 2;
  static constexpr std::int64_t parts = 2;
  static HWY_INLINE PairVector query(const Query* q) { return hn::LoadU(Pairs(), q); }
  static HWY_INLINE PairVector load(const Query* k) { return hn::LoadU(Pairs(), k); }
  static HWY_INLINE PairVector load(const Query* k, std::size_t count) {
    return hn::LoadN(Pairs(), k, count);
  }
  static HWY_INLINE Vector multiply_add(PairVector q, PairVector k, Vector sum) {
    return dot_bf16(Floats(), q, k, sum);
  }
  // As bf16, in the first half of the row: a vector is read before what is written over it.
  static HWY_INLINE void store_probabilities(Vector p, float* scores, std::int64_t j) {
    const hn::Rebind<hwy::bfloat16_t, Floats> half;
    hn::StoreU(hn::DemoteTo(half, p), half, reinterpret_cast<hwy::bfloat16_t*>(scores) + j);
  }
  static HWY_INLINE PairVector probability(const float* scores, std::int64_t j) {
    return hn::BitCast(Pairs(), hn::Set(Floats(), scores[j / 2]));
  }
  // Columns of two keys next to each other. Whole vectors would need a costlier instruction.
  static HWY_INLINE void join(PairVector first, PairVector second, PairVector (&parts_of)[2]) {
    const hn::RebindToUnsigned<Pairs> words;
    const auto a = hn::BitCast(words, first);
    const auto b = hn::BitCast(words, second);
    parts_of[0] = hn::BitCast(Pairs(), hn::InterleaveLower(words, a, b));
    parts_of[1] = hn::BitCast(Pairs(), hn::InterleaveUpper(words, a, b));
  }
  static std::int64_t place(std::int64_t c) {
    const std::int64_t within = c % width;  // blocks of 4 columns go to the two parts in turns
    return c - within + within / 4 % 2 * lanes + within / 8 * 4 + within % 4;
  }
};
#endif

// sums[x][r] = lanes of q[r] . k[x] for kRows rows and kKeys keys, the x-th at k[offset[x]].
template <typename Dots, std::int64_t kRows, std::int64_t kKeys, typename Stored>
HWY_INLINE void dot_abreast(const typename Dots::Query* q, std::int64_t q_row, const Stored* k,
                            const std::int64_t* offset, std::int64_t d,
                            Vector (*sums)[static_cast<std::size_t>(kRows)]) {
  const auto add = [&](std::int64_t c, auto&& load) HWY_ATTR {
    typename Dots::Key keys[static_cast<std::size_t>(kKeys)];
    HWY_UNROLL(4)
    for (std::int64_t x = 0; x < kKeys; ++x) keys[x] = load(k + offset[x] + c);
    HWY_UNROLL(4)
    for (std::int64_t r = 0; r < kRows; ++r) {
      const auto query = Dots::query(q + r * q_row + c);
      HWY_UNROLL(4)
      for (std::int64_t x = 0; x < kKeys; ++x) {
        sums[x][r] = Dots::multiply_add(query, keys[x], sums[x][r]);
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
}

// scores[r * few_keys + x] = q[r] . k[x] for kRows rows and keys_at_once keys, the x-th at
// k[offset[x]].
template <typename Dots, std::int64_t kRows, typename Stored>
HWY_INLINE void dot_keys(const typename Dots::Query* q, std::int64_t q_row, const Stored* k,
                         const std::int64_t* offset, std::int64_t d, float* scores) {
  // Few rows side by side, or memory isn't read in order.
  constexpr std::int64_t abreast =
      fetches_ahead ? 2 : keys_at_once / static_cast<std::int64_t>(sizeof(Stored));
  Vector sums[keys_at_once][static_cast<std::size_t>(kRows)];
  HWY_UNROLL(4)
  for (auto& key : sums) {
    HWY_UNROLL(4)
    for (auto& sum : key) sum = hn::Zero(Floats());
  }
  HWY_UNROLL(4)
  for (std::int64_t x = 0; x < keys_at_once; x += abreast) {
    if constexpr (fetches_ahead) fetch(k + offset[x] + near_keys * d, abreast * d);
    dot_abreast<Dots, kRows, abreast>(q, q_row, k, offset + x, d, sums + x);
  }
  HWY_UNROLL(4)
  for (std::int64_t r = 0; r < kRows; ++r) {
    store_sums(sums[0][r], sums[1][r], sums[2][r], sums[3][r], scores + r * few_keys);
  }
}

// out += sum over keys of probability times value, for kRows rows from `row` on and kVectors stored
// vectors of columns from c on. The last vector holds `rest` columns unless kWhole. `v` is the value of
// key `first_key` of the tile.
template <typename Dots, std::int64_t kRows, std::int64_t kVectors, bool kWhole, typename Stored>
HWY_INLINE void add_values(const Rows& rows, std::int64_t row, std::int64_t first_key,
                           const Stored* v, std::int64_t keys, std::int64_t d, std::int64_t c,
                           std::size_t rest) {
  const Floats tag;
  constexpr std::int64_t parts = Dots::parts;
  constexpr std::int64_t step = Dots::values_at_once;
  float* const out = rows.out + row * rows.padded + c;
  Vector sums[static_cast<std::size_t>(kRows)][static_cast<std::size_t>(kVectors * parts)];
  HWY_UNROLL(4)
  for (std::int64_t r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (std::int64_t x = 0; x < kVectors * parts; ++x) {
      sums[r][x] = hn::LoadU(tag, out + r * rows.padded + x * lanes);
    }
  }
  const float* const probabilities = rows.scores + row * few_keys;
  for (std::int64_t j = 0; j < keys; j += step) {
    const Stored* const first = v + j * d + c;
    // Behind the last key it is taken again, with the probability 0.
    const Stored* const second = j + step <= keys ? first + (step - 1) * d : first;
    if constexpr (fetches_ahead) __builtin_prefetch(first + near_keys * d);
    typename Dots::Key values[static_cast<std::size_t>(kVectors)][static_cast<std::size_t>(parts)];
    HWY_UNROLL(8)
    for (std::int64_t x = 0; x < kVectors; ++x) {
      const std::int64_t at = x * Dots::width;
      if constexpr (kWhole) {
        Dots::join(Dots::load(first + at), Dots::load(second + at), values[x]);
      } else {
        Dots::join(Dots::load(first + at, rest), Dots::load(second + at, rest), values[x]);
      }
    }
    HWY_UNROLL(4)
    for (std::int64_t r = 0; r < kRows; ++r) {
      const auto p = Dots::probability(probabilities + r * few_keys, first_key + j);
      HWY_UNROLL(8)
      for (std::int64_t x = 0; x < kVectors * parts; ++x) {
        sums[r][x] = Dots::multiply_add(p, values[x / parts][x % parts], sums[r][x]);
      }
    }
  }
  HWY_UNROLL(4)
  for (std::int64_t r = 0; r < kRows; ++r) {
    HWY_UNROLL(8)
    for (std::int64_t x = 0; x < kVectors * parts; ++x) {
      hn::StoreU(sums[r][x], tag, out + r * rows.padded + x * lanes);
    }
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
