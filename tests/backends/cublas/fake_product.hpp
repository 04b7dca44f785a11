// What the fake CUDA computes: column-major products and the scaling of s8 sums, as cuBLASLt and
// backends/cublas/scale.ptx define them.
#pragma once

#include <library_types.h>

#include <cstdint>

namespace assay::fake {

struct Product {
  bool integer, a_transposed, b_transposed;
};

struct Matrix {
  cudaDataType_t type;
  std::int64_t rows, columns, ld;  // of what is stored
  std::int64_t batch, stride;
};

// d = op(a) op(b).
void multiply(const Product& product, const Matrix& a_layout, const void* a, const Matrix& b_layout,
              const void* b, const Matrix& d_layout, void* d);

// The kernels scale_f32 and scale_bf16 with their seven arguments.
void scale(bool bf16, void** arguments);

}  // namespace assay::fake
