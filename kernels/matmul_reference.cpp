#include "kernels/matmul_reference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/matmul.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

double element(const Problem& problem, ConstTensorData tensors, std::size_t tensor,
               std::int64_t index) {
  return load(problem.tensors[tensor].dtype, tensors[tensor].data(), index);
}

}  // namespace

void fill_matmul(const Problem& problem, std::uint64_t seed, TensorData tensors) {
  for (std::size_t t = 0; t + 1 < problem.tensors.size(); ++t) {
    const TensorSpec& spec = problem.tensors[t];
    for (std::int64_t i = 0; i < spec.elements(); ++i) {
      const std::uint64_t bits = random_bits(seed, t, static_cast<std::uint64_t>(i));
      double value = near_normal(bits);
      if (!is_float(spec.dtype)) value = std::floor(uniform(bits) * 15) - (spec.dtype == DType::s8 || spec.dtype == DType::s4 ? 7 : 0);
      if (spec.name.ends_with("scale")) value = 0.01 + 0.01 * uniform(bits);
      store(spec.dtype, tensors[t].data(), i, value);
    }
  }
}

std::vector<std::int64_t> select_matmul(const Problem& problem, std::uint64_t, std::int64_t) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(problem.output().elements()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

void reference_matmul(const Problem& problem, ConstTensorData tensors,
                      std::span<const std::int64_t> selection, std::span<Expected> out) {
  const MatmulShape s = matmul_shape(problem);
  for (std::size_t e = 0; e < selection.size(); ++e) {
    const std::int64_t index = selection[e];
    const std::int64_t j = index % s.n;
    const std::int64_t i = index / s.n % s.m;
    const std::int64_t b = index / s.n / s.m;
    double sum = 0;
    double magnitude = 0;
    for (std::int64_t l = 0; l < s.k; ++l) {
      const double x = element(problem, tensors, 0, b * s.m * s.k + (s.a_transposed ? l * s.m + i : i * s.k + l));
      const double y = element(problem, tensors, 1, b * s.n * s.k + (s.b_transposed ? j * s.k + l : l * s.n + j));
      sum += x * y;
      magnitude += std::abs(x * y);
    }
    out[e] = {sum, magnitude, 0};
  }
}

std::optional<Projection> project_matmul(const Problem&, ConstTensorData, std::uint64_t) {
  return std::nullopt;
}

}  // namespace assay
