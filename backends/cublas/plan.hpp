// A product as cuBLASLt wants it described, and the algorithm that it recommends.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "backends/cublas/libraries.hpp"
#include "kernels/matmul.hpp"

namespace assay::cublas {

inline constexpr std::size_t workspace_bytes = std::size_t{32} << 20U;

// Owner of one of the library's descriptors.
template <typename T>
struct Destroyer {
  cublasStatus_t (*destroy)(T) = nullptr;
  void operator()(T object) const { (void)destroy(object); }
};
template <typename T>
using Owned = std::unique_ptr<std::remove_pointer_t<T>, Destroyer<T>>;

// cuBLASLt's matrices are column-major, so a row-major out = A B is asked for as
// out^T [n, m] = B^T A^T: its first operand is our b, its second our a.
struct Plan {
  Owned<cublasLtMatmulDesc_t> operation;
  Owned<cublasLtMatrixLayout_t> b, a, out;
  cublasLtMatmulAlgo_t algorithm{};
  std::string name;  // "algo_66"
};

// What the library writes: the output, or for s8 the s32 sums that are scaled afterwards.
[[nodiscard]] DType product_dtype(const MatmulShape& shape);

// Nothing where the library has no algorithm for the shape.
[[nodiscard]] std::optional<Plan> make_plan(const Lt& lt, cublasLtHandle_t handle,
                                            const MatmulShape& shape);

}  // namespace assay::cublas
