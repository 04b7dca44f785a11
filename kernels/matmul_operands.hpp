// The operands of a matmul as the definition sees them: in double, dequantised, without rounding.
#pragma once

#include <span>
#include <vector>

#include "kernels/matmul.hpp"

namespace assay {

class MatmulOperands {
 public:
  // Keeps references: both must outlive it.
  MatmulOperands(const Problem& problem, ConstTensorData tensors);

  [[nodiscard]] const MatmulShape& shape() const { return shape_; }

  // Row i of A: k values, not scaled by a_scale.
  void row(std::int64_t batch, std::int64_t i, std::span<double> out) const;
  // Columns of B, each k values long and one after the other in `out`: dequantised where B is
  // weight-only quantised, not scaled by the b_scale of integer problems.
  void columns(std::int64_t batch, std::span<const std::int64_t> columns,
               std::span<double> out) const;
  // a_scale * b_scale[j] of integer problems, else 1.
  [[nodiscard]] double scale(std::int64_t batch, std::int64_t j) const;
  [[nodiscard]] double bias(std::int64_t batch, std::int64_t j) const;

 private:
  // Null where the problem has no such tensor.
  [[nodiscard]] const std::byte* data(std::string_view name) const;
  void dequantise(std::int64_t batch, std::int64_t j, std::span<double> column) const;
  void gather(std::int64_t batch, std::span<const std::int64_t> columns,
              std::span<double> out) const;

  const Problem& problem_;
  ConstTensorData tensors_;
  MatmulShape shape_;
  const std::byte* a_scale_;
  const std::byte* b_scale_;
  const std::byte* zero_point_;
  const std::byte* bias_;
};

}  // namespace assay
