// Conversions of whole rows, by vector code: what the converted variant does around oneDNN.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/matmul.hpp"

namespace assay::onednn {

void floats_from_f16(const std::uint16_t* from, std::int64_t count, float* to);
void f16_from_floats(const float* from, std::int64_t count, std::uint16_t* to);  // to nearest even

// One column of weights: [k] as stored, with its scales, f16 [k / G], and the index of its first zero
// point in `zero_points` (null for none).
struct QuantisedColumn {
  const std::byte* weights = nullptr;
  const std::uint16_t* scales = nullptr;
  const std::byte* zero_points = nullptr;
  std::int64_t first_zero_point = 0;
};
// (b - zero point) * scale as f32, or rounded to bf16; [k].
void dequantise(const MatmulShape& shape, const QuantisedColumn& column, float* to);
void dequantise(const MatmulShape& shape, const QuantisedColumn& column, std::uint16_t* to);

}  // namespace assay::onednn
