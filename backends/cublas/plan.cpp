#include "backends/cublas/plan.hpp"

#include "kernels/error.hpp"

namespace assay::cublas {
namespace {

cudaDataType_t cuda_type(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return CUDA_R_32F;
    case DType::f16:
      return CUDA_R_16F;
    case DType::bf16:
      return CUDA_R_16BF;
    case DType::s8:
      return CUDA_R_8I;
    case DType::s32:
      return CUDA_R_32I;
    default:
      throw Error(Error::Kind::internal, "no CUDA type for " + std::string(assay::name(dtype)));
  }
}

struct Matrix {
  DType dtype;
  std::int64_t rows, columns;  // as stored, column-major: columns are contiguous
};

Owned<cublasLtMatrixLayout_t> make_layout(const Lt& lt, const Matrix& matrix, std::int64_t batch) {
  cublasLtMatrixLayout_t layout = nullptr;
  check(lt,
        lt.create_layout(&layout, cuda_type(matrix.dtype), static_cast<std::uint64_t>(matrix.rows),
                         static_cast<std::uint64_t>(matrix.columns), matrix.rows),
        "cublasLtMatrixLayoutCreate");
  Owned<cublasLtMatrixLayout_t> owned(layout, {lt.destroy_layout});
  if (batch > 1) {
    const auto count = static_cast<std::int32_t>(batch);
    const std::int64_t stride = matrix.rows * matrix.columns;
    check(lt, lt.set_layout(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count),
          "cublasLtMatrixLayoutSetAttribute");
    check(
        lt,
        lt.set_layout(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride),
        "cublasLtMatrixLayoutSetAttribute");
  }
  return owned;
}

Owned<cublasLtMatmulDesc_t> make_operation(const Lt& lt, const MatmulShape& shape) {
  const bool integer = shape.dtype == DType::s8;
  cublasLtMatmulDesc_t operation = nullptr;
  check(lt,
        lt.create_operation(&operation, integer ? CUBLAS_COMPUTE_32I : CUBLAS_COMPUTE_32F,
                            integer ? CUDA_R_32I : CUDA_R_32F),
        "cublasLtMatmulDescCreate");
  Owned<cublasLtMatmulDesc_t> owned(operation, {lt.destroy_operation});
  const auto transpose = [&](cublasLtMatmulDescAttributes_t which, bool yes) {
    const cublasOperation_t value = yes ? CUBLAS_OP_T : CUBLAS_OP_N;
    check(lt, lt.set_operation(operation, which, &value, sizeof value),
          "cublasLtMatmulDescSetAttribute");
  };
  transpose(CUBLASLT_MATMUL_DESC_TRANSA, shape.b_transposed);
  transpose(CUBLASLT_MATMUL_DESC_TRANSB, shape.a_transposed);
  return owned;
}

Owned<cublasLtMatmulPreference_t> make_preference(const Lt& lt) {
  cublasLtMatmulPreference_t preference = nullptr;
  check(lt, lt.create_preference(&preference), "cublasLtMatmulPreferenceCreate");
  Owned<cublasLtMatmulPreference_t> owned(preference, {lt.destroy_preference});
  const std::size_t bytes = workspace_bytes;
  check(
      lt,
      lt.set_preference(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes, sizeof bytes),
      "cublasLtMatmulPreferenceSetAttribute");
  // Never add partial sums in the output's type.
  const std::uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
  check(lt,
        lt.set_preference(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &reductions,
                          sizeof reductions),
        "cublasLtMatmulPreferenceSetAttribute");
  return owned;
}

std::string name_of(const Lt& lt, const cublasLtMatmulAlgo_t& algorithm) {
  std::int32_t id = 0;
  std::size_t written = 0;
  const cublasStatus_t status =
      lt.algorithm_attribute(&algorithm, CUBLASLT_ALGO_CONFIG_ID, &id, sizeof id, &written);
  return status == CUBLAS_STATUS_SUCCESS ? "algo_" + std::to_string(id) : "heuristic";
}

}  // namespace

DType product_dtype(const MatmulShape& shape) {
  return shape.dtype == DType::s8 ? DType::s32 : shape.out;
}

std::optional<Plan> make_plan(const Lt& lt, cublasLtHandle_t handle, const MatmulShape& shape) {
  const std::int64_t m = shape.m;
  const std::int64_t n = shape.n;
  const std::int64_t k = shape.k;
  Plan plan;
  plan.operation = make_operation(lt, shape);
  const Matrix b = {shape.dtype, shape.b_transposed ? k : n, shape.b_transposed ? n : k};
  const Matrix a = {shape.dtype, shape.a_transposed ? m : k, shape.a_transposed ? k : m};
  plan.b = make_layout(lt, b, shape.batch);
  plan.a = make_layout(lt, a, shape.batch);
  plan.out = make_layout(lt, {product_dtype(shape), n, m}, shape.batch);
  const auto preference = make_preference(lt);
  cublasLtMatmulHeuristicResult_t result{};
  int found = 0;
  const cublasStatus_t status =
      lt.heuristic(handle, plan.operation.get(), plan.b.get(), plan.a.get(), plan.out.get(),
                   plan.out.get(), preference.get(), 1, &result, &found);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE ||
      (status == CUBLAS_STATUS_SUCCESS && (found == 0 || result.state != CUBLAS_STATUS_SUCCESS))) {
    return std::nullopt;
  }
  check(lt, status, "cublasLtMatmulAlgoGetHeuristic");
  plan.algorithm = result.algo;
  plan.name = name_of(lt, result.algo);
  return plan;
}

}  // namespace assay::cublas
