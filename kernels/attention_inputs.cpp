// Inputs of attention. Logits have a standard deviation near 4, and every query row has a few
// dominant keys at the places where kernels go wrong: the last key it may see, the one just past
// the mask, and one of position 0, the last and both sides of tile borders. A uniform softmax would
// hide a dropped, repeated or unmasked key; here it changes the result by percents. Every eighth row
// is nearly uniform all the same, since only the sum of many alike values shows an accumulator that
// is too narrow.
//
// Key j carries beta g(j), g a random vector of signs, and query i carries alpha g(j) for each of
// its three dominant keys j, so that the logit gains `boost` = alpha beta sqrt(d) there.
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/attention.hpp"
#include "kernels/attention_reference.hpp"
#include "kernels/fill.hpp"
#include "kernels/parallel.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

constexpr std::uint64_t signature_stream = 3000;
constexpr std::uint64_t scale_stream = 4000;
constexpr std::int64_t dominant = 3;
constexpr double uniform_row = 1.0 / 64;  // factor of a query whose softmax is nearly uniform

struct Amplitudes {
  double noise = 1;  // of queries and keys
  double query = 0;  // alpha
  double key = 0;    // beta
};

Amplitudes amplitudes(const AttentionShape& s) {
  const double root = std::sqrt(static_cast<double>(s.d));
  // The noise of kv keys adds up to kv e^(16 / 2): a boost of 8 + ln kv weighs as much.
  const double boost = 8.0 + std::log(static_cast<double>(s.kv));
  const double alpha2 = boost / root / std::sqrt(static_cast<double>(dominant));
  const double beta2 = boost / root * std::sqrt(static_cast<double>(dominant));
  // (x + dominant alpha^2) (x + beta^2) = 16 gives the logits' variance; x = noise^2.
  const double p = static_cast<double>(dominant) * alpha2 + beta2;
  const double c = static_cast<double>(dominant) * alpha2 * beta2 - 16.0;
  const double x = (-p + std::sqrt(std::max(0.0, p * p - 4 * c))) / 2;
  return {std::sqrt(std::max(0.25, x)), std::sqrt(alpha2), std::sqrt(beta2)};
}

// +1 or -1: component c of the signature of a key (a flat index over batch, KV head, position).
class Signature {
 public:
  Signature(std::uint64_t seed, std::int64_t key)
      : base_(mix(seed ^ mix(signature_stream)) + (static_cast<std::uint64_t>(key) << 20U)) {}
  double operator()(std::int64_t c) {
    if (c / 64 != word_) {
      word_ = c / 64;
      bits_ = mix(base_ + static_cast<std::uint64_t>(word_));
    }
    const auto bit = static_cast<int>((bits_ >> static_cast<unsigned>(c % 64)) & 1U);
    return static_cast<double>(2 * bit - 1);
  }

 private:
  std::uint64_t base_;
  std::int64_t word_ = -1;
  std::uint64_t bits_ = 0;
};

// Both sides of borders of 16, 32, 64, 128: any multiple of 16, or the ends.
std::int64_t planted_position(std::uint64_t random, std::span<const std::int64_t> ends,
                              std::int64_t visible) {
  const std::uint64_t pick = random >> 32U;
  if ((random & 1U) == 0) {
    const std::int64_t position = ends[pick % ends.size()];
    return position < visible ? position : 0;
  }
  const std::int64_t border = static_cast<std::int64_t>(pick) % (visible / 16 + 1) * 16;
  return std::clamp<std::int64_t>(border - static_cast<std::int64_t>((random >> 1U) & 1U), 0,
                                  visible - 1);
}

void fill_queries(const AttentionShape& s, std::uint64_t seed, std::span<std::byte> data) {
  const Amplitudes amplitude = amplitudes(s);
  const std::vector<std::int64_t> ends = tile_borders(s.kv);
  const std::uint64_t base = mix(seed ^ mix(0));
  parallel_for(s.batch * s.heads * s.q, 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> row(static_cast<std::size_t>(s.d));
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int64_t head = r / s.q;
      const std::int64_t keys = (head / s.heads * s.kv_heads + head % s.heads / s.group()) * s.kv;
      const std::int64_t visible = std::max<std::int64_t>(1, s.visible(r % s.q));
      const std::uint64_t random = random_bits(seed, 5000, static_cast<std::uint64_t>(r));
      std::array<Signature, dominant> signatures = {
          Signature(seed, keys + visible - 1), Signature(seed, keys + std::min(visible, s.kv - 1)),
          Signature(seed, keys + planted_position(random, ends, visible))};
      const double factor = r % 8 == 5 ? uniform_row : 1.0;
      for (std::int64_t c = 0; c < s.d; ++c) {
        const auto noise =
            static_cast<double>(near_normal(mix(base + static_cast<std::uint64_t>(r * s.d + c))));
        row[static_cast<std::size_t>(c)] =
            factor * (amplitude.noise * noise +
                      amplitude.query * (signatures[0](c) + signatures[1](c) + signatures[2](c)));
      }
      store_row(s.dtype, data.data(), r * s.d, row);
    }
  });
}

// A token's scale differs from each neighbour's by a factor of 1.3 to 2.6; the smallest uses all of
// int8's range.
double token_scale(std::uint64_t seed, std::uint64_t tensor, std::int64_t token, double largest) {
  const std::uint64_t random =
      random_bits(seed, scale_stream + tensor, static_cast<std::uint64_t>(token));
  return largest / 127.0 * std::pow(1.5, static_cast<double>(token % 3)) *
         (1 + 0.15 * uniform(random));
}

void fill_tokens(const AttentionShape& s, std::uint64_t seed, std::uint64_t tensor, double noise,
                 double signature, std::span<std::byte> data, std::span<std::byte> scales) {
  const std::uint64_t base = mix(seed ^ mix(tensor));
  const bool quantised = !scales.empty();
  const double largest = 3.0 * noise + signature;
  parallel_for(s.batch * s.kv_heads * s.kv, 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> row(static_cast<std::size_t>(s.d));
    for (std::int64_t token = begin; token < end; ++token) {
      Signature sign(seed, token);
      const double scale = quantised ? token_scale(seed, tensor, token, largest) : 1.0;
      if (quantised) store(DType::f32, scales.data(), token, scale);
      for (std::int64_t c = 0; c < s.d; ++c) {
        const auto random = static_cast<double>(
            near_normal(mix(base + static_cast<std::uint64_t>(token * s.d + c))));
        const double value = noise * random + signature * sign(c);
        row[static_cast<std::size_t>(c)] =
            quantised ? std::clamp(value / scale, -127.0, 127.0) : value;
      }
      store_row(s.kv_dtype, data.data(), token * s.d, row);
    }
  });
}

}  // namespace

void fill_attention(const Problem& problem, std::uint64_t seed, TensorData tensors) {
  const AttentionShape s = attention_shape(problem);
  const Amplitudes amplitude = amplitudes(s);
  const bool quantised = s.kv_dtype == DType::s8;
  const std::span<std::byte> none;
  fill_queries(s, seed, tensors[0]);
  fill_tokens(s, seed, 1, amplitude.noise, amplitude.key, tensors[1],
              quantised ? tensors[problem.index("k_scale")] : none);
  fill_tokens(s, seed, 2, 1.0, 0.0, tensors[2],
              quantised ? tensors[problem.index("v_scale")] : none);
}

}  // namespace assay
