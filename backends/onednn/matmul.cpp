#include "backends/onednn/matmul.hpp"

#include "backends/onednn/matmul_converted.hpp"
#include "backends/onednn/matmul_gemv.hpp"
#include "backends/onednn/matmul_primitive.hpp"
#include "kernels/matmul.hpp"

namespace assay::onednn {
namespace {

// Up to how many rows reading the weights takes longer than computing with them, so that our own
// vector code is the faster.
std::int64_t most_gemv_rows(const MatmulShape& shape, bool has_primitive) {
  // results/README.md has the times: dequantised weights are a block for all rows at once, our code takes
  // each few rows as long as the ones before.
  if (shape.group != 0) {
    if (bits(shape.weights) > 4) return 24;
    return shape.dtype == DType::bf16 ? 128 : 32;
  }
  switch (shape.dtype) {
    case DType::f16:
      return 16;
    case DType::bf16:
      // Without one the weights are widened, and twice as many bytes read.
      return has_primitive ? 16 : 96;
    case DType::f32:
      return 8;
    default:
      return 6;
  }
}

Support supports(std::string_view way, const Problem& problem, const dnnl::engine& engine) {
  if (way == "gemv") return supports_gemv(problem);
  if (way == "converted") return supports_converted(problem, engine);
  return supports_primitive(problem, engine);
}

// The way that runs: `variant`, or the default, which is brgemm where none can.
std::string_view chosen(const Problem& problem, std::string_view variant,
                        const dnnl::engine& engine) {
  if (!variant.empty()) return variant;
  const MatmulShape shape = matmul_shape(problem);
  const auto can = [&](std::string_view way) { return supports(way, problem, engine).supported; };
  const bool primitive = can("brgemm") && !is_fallback(problem, engine);
  if (shape.m <= most_gemv_rows(shape, primitive) && can("gemv")) return "gemv";
  // Sooner than by oneDNN 3.7's own decompression wherever both were measured (results/README.md).
  if (shape.group != 0 && can("converted")) return "converted";
  if (primitive) return "brgemm";
  for (const std::string_view way : {"converted", "gemv"}) {
    if (can(way)) return way;
  }
  return "brgemm";
}

}  // namespace

Support supports_matmul(const Problem& problem, std::string_view variant,
                        const dnnl::engine& engine) {
  return supports(chosen(problem, variant, engine), problem, engine);
}

std::unique_ptr<Prepared> prepare_matmul(const Problem& problem, std::string_view variant,
                                         const dnnl::engine& engine) {
  const std::string_view way = chosen(problem, variant, engine);
  if (way == "gemv") return prepare_gemv(problem);
  if (way == "converted") return prepare_converted(problem, engine);
  return prepare_primitive(problem, engine);
}

}  // namespace assay::onednn
