#include <algorithm>
#include <cmath>

#include "kernels/matmul.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

float round_to(DType dtype, float value) {
  if (dtype == DType::f16) return from_f16(to_f16(value));
  if (dtype == DType::bf16) return from_bf16(to_bf16(value));
  return value;
}

class FaultyMatmul {
 public:
  FaultyMatmul(const Problem& problem, ConstTensorData inputs, const Implementation& how)
      : problem_(problem), inputs_(inputs), how_(how), s_(matmul_shape(problem)) {}

  void run(std::span<std::byte> output) {
    const auto k = static_cast<std::size_t>(s_.k);
    const auto n = static_cast<std::size_t>(s_.n);
    std::vector<float> a(k);
    for (std::int64_t batch = 0; batch < s_.batch; ++batch) {
      load_b(is(Fault::batch_shifted) ? (batch + 1) % s_.batch : batch);
      for (std::int64_t i = 0; i < s_.m; ++i) {
        if (is(Fault::unwritten_row) && batch + 1 == s_.batch && i + 1 == s_.m) return;
        for (std::int64_t l = 0; l < s_.k; ++l) a[static_cast<std::size_t>(l)] = a_at(batch, i, l);
        std::vector<double> row(n);
        if (is_float(s_.dtype)) {
          sum_floats(a, row);
        } else {
          sum_integers(a, row);
        }
        store_output(batch, i, row, output);
      }
    }
  }

 private:
  bool is(Fault fault) const { return how_.fault == fault; }

  double at(std::string_view tensor, std::int64_t index) const {
    const std::size_t t = problem_.index(tensor);
    return load(problem_.tensors[t].dtype, inputs_[t].data(), index);
  }

  float operand(double value) const {
    const auto narrow = static_cast<float>(value);
    return is(Fault::operands_in_bf16) ? round_to(DType::bf16, narrow) : narrow;
  }

  float a_at(std::int64_t batch, std::int64_t i, std::int64_t l) const {
    const std::int64_t index = s_.a_transposed ? l * s_.m + i : i * s_.k + l;
    return operand(load(s_.dtype, inputs_[0].data(), batch * s_.m * s_.k + index));
  }

  float b_at(std::int64_t batch, std::int64_t l, std::int64_t j) const {
    const bool transposed = s_.b_transposed != is(Fault::transposed);
    std::int64_t index = batch * s_.n * s_.k + (transposed ? j * s_.k + l : l * s_.n + j);
    if (is(Fault::nibbles_swapped)) index ^= 1;
    const double value = load(s_.weights, inputs_[1].data(), index);
    if (s_.group == 0) return operand(value);
    const std::int64_t groups = s_.k / s_.group;
    std::int64_t column = j;
    std::int64_t group = l / s_.group;
    const bool with_zero = s_.zero_points && !is(Fault::zero_point_ignored);
    const double zero =
        with_zero ? at("b_zero_point", (batch * s_.n + column) * groups + group) : 0;
    if (is(Fault::neighbour_scale)) column = j + 1 < s_.n ? j + 1 : j - 1;
    if (is(Fault::neighbour_group_scale)) group = group + 1 < groups ? group + 1 : group - 1;
    const double scale = at("b_scale", (batch * s_.n + column) * groups + group);
    const auto weight = static_cast<float>((value - zero) * scale);
    return operand(static_cast<double>(how_.round ? round_to(s_.dtype, weight) : weight));
  }

  void load_b(std::int64_t batch) {
    b_.resize(static_cast<std::size_t>(s_.n * s_.k));
    for (std::int64_t l = 0; l < s_.k; ++l) {
      for (std::int64_t j = 0; j < s_.n; ++j) {
        b_[static_cast<std::size_t>(l * s_.n + j)] = b_at(batch, l, j);
      }
    }
  }

  void sum_floats(std::span<const float> a, std::span<double> row) const {
    const std::size_t k = a.size() - (is(Fault::last_k_dropped) ? 1 : 0);
    const std::size_t block = how_.block == 0 ? a.size() : static_cast<std::size_t>(how_.block);
    const std::size_t n = row.size();
    std::vector<float> total(n);
    std::vector<float> part(n);
    for (std::size_t begin = 0; begin < k; begin += block) {
      std::ranges::fill(part, 0.0F);
      const std::size_t end = std::min(k, begin + block);
      for (std::size_t step = begin; step < end; ++step) {
        const std::size_t l = how_.backward ? end - 1 - (step - begin) : step;
        const float* b = b_.data() + l * n;
        for (std::size_t j = 0; j < n; ++j) part[j] += a[l] * b[j];
        if (is(Fault::accumulated_in_bf16)) round_all(DType::bf16, part);
        if (is(Fault::accumulated_in_f16)) round_all(DType::f16, part);
      }
      for (std::size_t j = 0; j < n; ++j) total[j] += part[j];
    }
    std::ranges::copy(total, row.begin());
  }

  static void round_all(DType dtype, std::span<float> values) {
    for (float& value : values) value = round_to(dtype, value);
  }

  void sum_integers(std::span<const float> a, std::span<double> row) const {
    const std::size_t k = a.size() - (is(Fault::last_k_dropped) ? 1 : 0);
    const bool saturate = is(Fault::pairs_saturated);
    std::vector<std::int32_t> total(row.size());
    for (std::size_t l = 0; l < k; l += saturate ? 2 : 1) {
      for (std::size_t j = 0; j < row.size(); ++j) {
        auto sum = static_cast<std::int32_t>(a[l] * b_[l * row.size() + j]);
        if (saturate && l + 1 < k) {
          sum += static_cast<std::int32_t>(a[l + 1] * b_[(l + 1) * row.size() + j]);
          sum = std::clamp(sum, -32768, 32767);
        }
        total[j] += sum;
      }
    }
    std::ranges::copy(total, row.begin());
  }

  float finish(std::int64_t batch, std::int64_t j, double sum) const {
    auto value = static_cast<float>(sum);
    if (problem_.find("a_scale") != nullptr) {
      const std::int64_t shifted = j + 1 < s_.n ? j + 1 : j - 1;
      const std::int64_t channel = is(Fault::neighbour_scale) ? shifted : j;
      value *= static_cast<float>(at("a_scale", batch) * at("b_scale", batch * s_.n + channel));
    }
    if (s_.bias && !is(Fault::bias_ignored)) {
      value += static_cast<float>(at("bias", batch * s_.n + j));
    }
    if (is(Fault::activation_ignored)) return value;
    switch (s_.activation) {
      case MatmulShape::Activation::none:
        return value;
      case MatmulShape::Activation::gelu:
        return 0.5F * value * (1 + std::erf(value * 0.70710678F));
      case MatmulShape::Activation::silu:
        return value / (1 + std::exp(-value));
    }
    return value;
  }

  void store_output(std::int64_t batch, std::int64_t i, std::span<const double> row,
                    std::span<std::byte> output) const {
    const bool corner = is(Fault::wrong_corner) && batch == 0 && i == (s_.m - 1) / 16 * 16;
    for (std::int64_t j = 0; j < s_.n; ++j) {
      std::int64_t from = j;
      if (corner && j == (s_.n - 1) / 16 * 16) from = most_unlike(row, j);
      const double sum = row[static_cast<std::size_t>(from)];
      const bool exact = s_.out == DType::s32;
      store(s_.out, output.data(), (batch * s_.m + i) * s_.n + j,
            exact ? sum : static_cast<double>(finish(batch, from, sum)));
    }
  }

  const Problem& problem_;
  ConstTensorData inputs_;
  Implementation how_;
  MatmulShape s_;
  std::vector<float> b_;  // [k, n]
};

}  // namespace

void run_matmul(const Problem& problem, ConstTensorData inputs, const Implementation& how,
                std::span<std::byte> output) {
  FaultyMatmul(problem, inputs, how).run(output);
}

}  // namespace assay
