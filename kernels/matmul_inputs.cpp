// Inputs of matmul: near-normal floats and full-range integers, made so that small faults show.
//   - Activations at the first and last k and at tile borders along k are 4 to 6 times larger, so
//     that a dropped or repeated one is seen through bf16's rounding at k = 28672.
//   - A scale is 1.3 to 6 times its neighbours along both n and the groups.
//   - Outputs have a standard deviation near sqrt(k), or near 2 ahead of an activation function,
//     where gelu and silu still bend. So f16 outputs stay finite.
#include <algorithm>
#include <cmath>

#include "kernels/fill.hpp"
#include "kernels/matmul.hpp"
#include "kernels/matmul_reference.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

// Standard deviation of an integer type's uniform values (around its mean).
double spread(DType dtype) { return std::exp2(bits(dtype)) / std::sqrt(12.0); }

// A value at a boosted position: far out, either sign where the type has one.
double boosted(DType dtype, std::uint64_t random) {
  const double size = uniform(random);
  const double sign = (random & 1U) != 0 ? 1.0 : -1.0;
  if (dtype == DType::u8) return std::floor(192 + 64 * size);
  if (dtype == DType::s8) return sign * std::floor(96 + 32 * size);
  return sign * (4 + 2 * size);
}

void boost_borders(const MatmulShape& s, std::uint64_t seed, std::span<std::byte> a) {
  for (const std::int64_t l : tile_borders(s.k)) {
    for (std::int64_t row = 0; row < s.batch * s.m; ++row) {
      const std::int64_t batch = row / s.m * s.m * s.k;
      const std::int64_t i = row % s.m;
      const std::int64_t index = batch + (s.a_transposed ? l * s.m + i : i * s.k + l);
      const std::uint64_t random = random_bits(seed, 1000, static_cast<std::uint64_t>(index));
      store(s.dtype, a.data(), index, boosted(s.dtype, random));
    }
  }
}

// Different from each neighbour: the factors 1/2, 1, 2 alternate along both dimensions.
double varied(std::uint64_t random, std::int64_t row, std::int64_t column) {
  const double factor = std::exp2(static_cast<double>((row + column) % 3 - 1));
  return factor * (1 + 0.5 * uniform(random));
}

void fill_scales(const TensorSpec& spec, std::span<std::byte> data, std::uint64_t seed,
                 std::uint64_t stream, double typical) {
  const std::int64_t columns = spec.shape.back();
  // Not below f16's normal range.
  const double least = spec.dtype == DType::f16 ? 0x1p-13 : 0.0;
  fill_each(spec.dtype, data, spec.elements(), [&](std::int64_t i) {
    const std::uint64_t random = random_bits(seed, stream, static_cast<std::uint64_t>(i));
    return std::max(least, typical * varied(random, i / columns, i % columns));
  });
}

void fill_zero_points(const TensorSpec& spec, DType weights, std::span<std::byte> data,
                      std::uint64_t seed, std::uint64_t stream) {
  const double values = std::exp2(bits(weights));
  const std::int64_t bytes_elements =
      static_cast<std::int64_t>(spec.bytes()) * 8 / bits(spec.dtype);
  fill_each(spec.dtype, data, bytes_elements, [&](std::int64_t i) {
    return std::floor(values * uniform(random_bits(seed, stream, static_cast<std::uint64_t>(i))));
  });
}

}  // namespace

void fill_matmul(const Problem& problem, std::uint64_t seed, TensorData tensors) {
  const MatmulShape s = matmul_shape(problem);
  const double root = std::sqrt(static_cast<double>(s.k));
  const bool bends = s.activation != MatmulShape::Activation::none;
  const double weight = bends ? 2.0 / root : 1.0;
  const bool integer = !is_float(s.dtype);
  for (std::size_t t = 0; t + 1 < problem.tensors.size(); ++t) {
    const TensorSpec& spec = problem.tensors[t];
    if (spec.name == "a_scale") {
      fill_scales(spec, tensors[t], seed, t, 1.0 / spread(s.dtype));
    } else if (spec.name == "b_scale") {
      fill_scales(spec, tensors[t], seed, t, weight / spread(s.weights));
    } else if (spec.name == "b_zero_point") {
      fill_zero_points(spec, s.weights, tensors[t], seed, t);
    } else if (spec.name == "bias") {
      fill_normal(spec.dtype, tensors[t], seed, t, bends ? 1.0 : root);
    } else if (is_float(spec.dtype)) {
      fill_normal(spec.dtype, tensors[t], seed, t, spec.name == "b" ? weight : 1.0);
    } else {
      fill_integers(spec.dtype, tensors[t], seed, t, integer);
    }
  }
  boost_borders(s, seed, tensors[0]);
}

}  // namespace assay
