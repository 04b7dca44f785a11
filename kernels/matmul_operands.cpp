#include "kernels/matmul_operands.hpp"

#include <algorithm>

namespace assay {

MatmulOperands::MatmulOperands(const Problem& problem, ConstTensorData tensors)
    : problem_(problem),
      tensors_(tensors),
      shape_(matmul_shape(problem)),
      a_scale_(data("a_scale")),
      b_scale_(data("b_scale")),
      zero_point_(data("b_zero_point")),
      bias_(data("bias")) {}

const std::byte* MatmulOperands::data(std::string_view name) const {
  return problem_.find(name) == nullptr ? nullptr : tensors_[problem_.index(name)].data();
}

void MatmulOperands::row(std::int64_t batch, std::int64_t i, std::span<double> out) const {
  const std::int64_t first = batch * shape_.m * shape_.k;
  if (!shape_.a_transposed) {
    load_row(shape_.dtype, tensors_[0].data(), first + i * shape_.k, out);
    return;
  }
  for (std::int64_t l = 0; l < shape_.k; ++l) {
    out[static_cast<std::size_t>(l)] =
        load(shape_.dtype, tensors_[0].data(), first + l * shape_.m + i);
  }
}

void MatmulOperands::dequantise(std::int64_t batch, std::int64_t j,
                                std::span<double> column) const {
  const std::int64_t groups = shape_.k / shape_.group;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t at = (batch * shape_.n + j) * groups + g;
    const double scale = load(DType::f16, b_scale_, at);
    const double zero = zero_point_ == nullptr ? 0 : load(*shape_.zero_points, zero_point_, at);
    for (double& value : column.subspan(static_cast<std::size_t>(g * shape_.group),
                                        static_cast<std::size_t>(shape_.group))) {
      value = (value - zero) * scale;
    }
  }
}

// B is stored [k, n]: bands of rows, so that neighbouring columns share the cache lines they touch.
void MatmulOperands::gather(std::int64_t batch, std::span<const std::int64_t> columns,
                            std::span<double> out) const {
  constexpr std::int64_t band = 32;
  const std::int64_t first = batch * shape_.n * shape_.k;
  for (std::int64_t begin = 0; begin < shape_.k; begin += band) {
    const std::int64_t end = std::min(shape_.k, begin + band);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      double* column = out.data() + c * static_cast<std::size_t>(shape_.k);
      for (std::int64_t l = begin; l < end; ++l) {
        column[l] = load(shape_.weights, tensors_[1].data(), first + l * shape_.n + columns[c]);
      }
    }
  }
}

void MatmulOperands::columns(std::int64_t batch, std::span<const std::int64_t> columns,
                             std::span<double> out) const {
  if (!shape_.b_transposed) {
    gather(batch, columns, out);
    return;
  }
  const auto k = static_cast<std::size_t>(shape_.k);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::span<double> column = out.subspan(c * k, k);
    load_row(shape_.weights, tensors_[1].data(), (batch * shape_.n + columns[c]) * shape_.k,
             column);
    if (shape_.group != 0) dequantise(batch, columns[c], column);
  }
}

double MatmulOperands::scale(std::int64_t batch, std::int64_t j) const {
  if (a_scale_ == nullptr) return 1.0;
  return load(DType::f32, a_scale_, batch) * load(DType::f32, b_scale_, batch * shape_.n + j);
}

double MatmulOperands::bias(std::int64_t batch, std::int64_t j) const {
  return bias_ == nullptr ? 0.0 : load(DType::f32, bias_, batch * shape_.n + j);
}

}  // namespace assay
