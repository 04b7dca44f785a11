#include "tests/backends/cublas/fake_product.hpp"

#include "kernels/dtype.hpp"

namespace assay::fake {
namespace {

DType dtype_of(cudaDataType_t type) {
  switch (type) {
    case CUDA_R_16F:
      return DType::f16;
    case CUDA_R_16BF:
      return DType::bf16;
    case CUDA_R_8I:
      return DType::s8;
    case CUDA_R_32I:
      return DType::s32;
    default:
      return DType::f32;
  }
}

double element(const Matrix& layout, const void* data, bool transposed, std::int64_t batch,
               std::int64_t row, std::int64_t column) {
  if (transposed) std::swap(row, column);
  return load(dtype_of(layout.type), static_cast<const std::byte*>(data),
              batch * layout.stride + column * layout.ld + row);
}

template <typename T>
T argument(void** arguments, int i) {
  return *static_cast<T*>(arguments[i]);
}

std::byte* memory(void** arguments, int i) {
  const auto address = argument<std::uint64_t>(arguments, i);
  return reinterpret_cast<std::byte*>(address);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace

void multiply(const Product& product, const Matrix& a_layout, const void* a, const Matrix& b_layout,
              const void* b, const Matrix& d_layout, void* d) {
  const std::int64_t k = product.a_transposed ? a_layout.rows : a_layout.columns;
  for (std::int64_t batch = 0; batch < d_layout.batch; ++batch) {
    for (std::int64_t column = 0; column < d_layout.columns; ++column) {
      for (std::int64_t row = 0; row < d_layout.rows; ++row) {
        double sum = 0;
        for (std::int64_t i = 0; i < k; ++i) {
          sum += element(a_layout, a, product.a_transposed, batch, row, i) *
                 element(b_layout, b, product.b_transposed, batch, i, column);
        }
        store(dtype_of(d_layout.type), static_cast<std::byte*>(d),
              batch * d_layout.stride + column * d_layout.ld + row, sum);
      }
    }
  }
}

void scale(bool bf16, void** arguments) {
  const std::byte* sums = memory(arguments, 0);
  const std::byte* a_scale = memory(arguments, 1);
  const std::byte* b_scale = memory(arguments, 2);
  std::byte* out = memory(arguments, 3);
  const auto count = argument<std::int64_t>(arguments, 4);
  const auto matrix = argument<std::int64_t>(arguments, 5);
  const auto columns = argument<std::int64_t>(arguments, 6);
  for (std::int64_t i = 0; i < count; ++i) {
    const double factor = load(DType::f32, a_scale, i / matrix) *
                          load(DType::f32, b_scale, i / matrix * columns + i % columns);
    store(bf16 ? DType::bf16 : DType::f32, out, i, load(DType::s32, sums, i) * factor);
  }
}

}  // namespace assay::fake
