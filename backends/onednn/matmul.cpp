#include "backends/onednn/matmul.hpp"

#include "backends/onednn/matmul_gemv.hpp"
#include "backends/onednn/matmul_primitive.hpp"
#include "kernels/matmul.hpp"

namespace assay::onednn {
namespace {

// Up to how many rows reading the weights takes longer than computing with them, so that our own
// vector code is the faster.
std::int64_t most_gemv_rows(const MatmulShape& shape) {
  if (shape.group != 0) return 4;
  return 4;
}

// The way that runs: `variant`, or the default.
std::string_view chosen(const Problem& problem, std::string_view variant,
                        const dnnl::engine& engine) {
  if (!variant.empty()) return variant;
  const MatmulShape shape = matmul_shape(problem);
  const bool gemv = supports_gemv(problem).supported;
  if (gemv && shape.m <= most_gemv_rows(shape)) return "gemv";
  return gemv && !supports_primitive(problem, engine) ? "gemv" : "brgemm";
}

}  // namespace

Support supports_matmul(const Problem& problem, std::string_view variant,
                        const dnnl::engine& engine) {
  return chosen(problem, variant, engine) == "gemv" ? supports_gemv(problem)
                                                    : supports_primitive(problem, engine);
}

std::unique_ptr<Prepared> prepare_matmul(const Problem& problem, std::string_view variant,
                                         const dnnl::engine& engine) {
  return chosen(problem, variant, engine) == "gemv" ? prepare_gemv(problem)
                                                    : prepare_primitive(problem, engine);
}

}  // namespace assay::onednn
