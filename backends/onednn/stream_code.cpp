#include "backends/onednn/stream_code.hpp"

#include <cstddef>
#include <utility>

// Later AVX-512 sets add nothing here.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_ALL_SVE | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/stream_code.cpp"
#include <hwy/foreach_target.h>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));
constexpr std::size_t unroll = 8;  // additions take a few cycles: so many sums keep two units busy

// Written out by the compiler at every level of optimisation: a loop over them it may keep as one,
// with the sums in memory.
template <std::size_t... kIndex>
HWY_INLINE void add_vectors(hn::Vec<Floats> (&sums)[sizeof...(kIndex)], const float* in,
                            std::index_sequence<kIndex...>) {
  const Floats d;
  ((sums[kIndex] = hn::Add(sums[kIndex], hn::LoadU(d, in + kIndex * hn::MaxLanes(d)))), ...);
}

float sum(const float* in, std::int64_t n) {
  constexpr auto step = static_cast<std::int64_t>(unroll) * lanes;
  const Floats d;
  using V = hn::Vec<Floats>;
  V sums[unroll];
  for (V& each : sums) each = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + step <= n; i += step) {
    add_vectors(sums, in + i, std::make_index_sequence<unroll>());
  }
  for (std::size_t k = 1; k < unroll; ++k) sums[0] = hn::Add(sums[0], sums[k]);
  float total = hn::ReduceSum(d, sums[0]);
  for (; i < n; ++i) total += in[i];
  return total;
}

HWY_INLINE hn::Vec<Floats> load_ahead(const float* in) {
  constexpr std::ptrdiff_t ahead = 256;
  hwy::Prefetch(in + ahead);
  return hn::LoadU(Floats(), in);
}

// Two vectors of each place.
template <std::size_t... kIndex>
HWY_INLINE void add_places(hn::Vec<Floats> (&sums)[sizeof...(kIndex)], const float* in,
                           std::ptrdiff_t distance, std::index_sequence<kIndex...>) {
  ((sums[kIndex] =
        hn::Add(sums[kIndex], load_ahead(in + static_cast<std::ptrdiff_t>(kIndex / 2) * distance +
                                         static_cast<std::ptrdiff_t>(kIndex % 2) * lanes))),
   ...);
}

// Several places of memory read at the same time have more requests under way than one.
void sums(const float* in, std::int64_t distance, std::int64_t n, float* out) {
  constexpr auto vectors = static_cast<std::size_t>(2 * stream_places);
  const Floats d;
  using V = hn::Vec<Floats>;
  V sums[vectors];
  for (V& each : sums) each = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    add_places(sums, in + i, distance, std::make_index_sequence<vectors>());
  }
  for (std::int64_t k = 0; k < stream_places; ++k) {
    const auto first = static_cast<std::size_t>(2 * k);
    out[k] = hn::ReduceSum(d, hn::Add(sums[first], sums[first + 1]));
    for (std::int64_t rest = i; rest < n; ++rest) out[k] += in[k * distance + rest];
  }
}

template <class D, std::size_t... kIndex>
HWY_INLINE void add_one_each(D d, hn::Vec<D> (&sums)[sizeof...(kIndex)], const float* in,
                             std::ptrdiff_t distance, std::index_sequence<kIndex...>) {
  ((sums[kIndex] =
        hn::Add(sums[kIndex], hn::LoadU(d, in + static_cast<std::ptrdiff_t>(kIndex) * distance))),
   ...);
}

template <class D, std::size_t... kIndex>
HWY_INLINE void reduce_each(D d, const hn::Vec<D> (&sums)[sizeof...(kIndex)], float* out,
                            std::index_sequence<kIndex...>) {
  ((out[kIndex] = hn::ReduceSum(d, sums[kIndex])), ...);
}

template <class D, std::size_t... kIndex>
HWY_INLINE void clear_each(D d, hn::Vec<D> (&sums)[sizeof...(kIndex)],
                           std::index_sequence<kIndex...>) {
  ((sums[kIndex] = hn::Zero(d)), ...);
}

template <std::size_t kWidth, std::size_t kPlaces>
void read_places(const float* in, std::int64_t distance, std::int64_t n, float* out) {
  using D = hn::CappedTag<float, kWidth>;
  constexpr auto every = std::make_index_sequence<kPlaces>();
  const D d;
  hn::Vec<D> sums[kPlaces];
  clear_each(d, sums, every);
  constexpr auto width = static_cast<std::int64_t>(kWidth);
  for (std::int64_t i = 0; i < n; i += width) add_one_each(d, sums, in + i, distance, every);
  reduce_each(d, sums, out, every);
}

template <std::size_t kWidth>
StreamRead read_of(std::int64_t places) {
  switch (places) {
    case 1:
      return read_places<kWidth, 1>;
    case 2:
      return read_places<kWidth, 2>;
    case 4:
      return read_places<kWidth, 4>;
    case 8:
      return read_places<kWidth, 8>;
    default:
      return nullptr;
  }
}

StreamRead read_code(std::int64_t places, std::int64_t width) {
  switch (width) {
    case 1:
      return read_of<1>(places);
    case 4:
      return read_of<4>(places);
#if HWY_MAX_BYTES >= 32
    case 8:
      return read_of<8>(places);
#endif
#if HWY_MAX_BYTES >= 64
    case 16:
      return read_of<16>(places);
#endif
    default:
      return nullptr;
  }
}

std::int64_t widest() { return lanes; }

void copy(const float* in, float* out, std::int64_t n) {
  const Floats d;
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    for (std::int64_t k = 0; k < 4; ++k) {
      hn::StoreU(hn::LoadU(d, in + i + k * lanes), d, out + i + k * lanes);
    }
  }
  for (; i < n; ++i) out[i] = in[i];
}

template <bool kPastCaches>
void triad_loop(const float* in, const float* in2, float* out, std::int64_t n) {
  const Floats d;
  const auto scale = hn::Set(d, 3.0F);
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    for (std::int64_t k = 0; k < 4; ++k) {
      const std::int64_t at = i + k * lanes;
      const auto value = hn::MulAdd(scale, hn::LoadU(d, in2 + at), hn::LoadU(d, in + at));
      if constexpr (kPastCaches) {
        hn::Stream(value, d, out + at);
      } else {
        hn::StoreU(value, d, out + at);
      }
    }
  }
  for (; i < n; ++i) out[i] = in[i] + 3.0F * in2[i];
  if constexpr (kPastCaches) hwy::FlushStream();
}

void triad(const float* in, const float* in2, float* out, std::int64_t n, bool past_caches) {
  past_caches ? triad_loop<true>(in, in2, out, n) : triad_loop<false>(in, in2, out, n);
}

}  // namespace
}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(sum);
HWY_EXPORT(sums);
HWY_EXPORT(read_code);
HWY_EXPORT(widest);
HWY_EXPORT(copy);
HWY_EXPORT(triad);

float stream_sum(const float* in, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(sum)(in, n); }

void stream_sums(const float* in, std::int64_t distance, std::int64_t n, float* out) {
  HWY_DYNAMIC_DISPATCH(sums)(in, distance, n, out);
}

StreamRead find_stream_read(std::int64_t places, std::int64_t width) {
  return HWY_DYNAMIC_DISPATCH(read_code)(places, width);
}

std::int64_t stream_width() { return HWY_DYNAMIC_DISPATCH(widest)(); }

void stream_copy(const float* in, float* out, std::int64_t n) {
  HWY_DYNAMIC_DISPATCH(copy)(in, out, n);
}

void stream_triad(const float* in, const float* in2, float* out, std::int64_t n, bool past_caches) {
  HWY_DYNAMIC_DISPATCH(triad)(in, in2, out, n, past_caches);
}

}  // namespace assay::onednn
#endif
