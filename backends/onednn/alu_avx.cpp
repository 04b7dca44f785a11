#include <cstdint>
#include <utility>

#include "backends/onednn/alu_code.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

// Processors with AVX but not AVX2, which Highway knows no set for: products and sums are two
// instructions.
HWY_PUSH_ATTRIBUTES("avx")
namespace assay::onednn {
namespace {
namespace avx {

struct Float {
  using Vector = __m256;
  static constexpr int width = 8;
  static constexpr std::size_t row_bytes = 4;
  static HWY_INLINE Vector load(const std::byte* from) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(from));
  }
  static HWY_INLINE void store(std::byte* to, Vector v) {
    _mm256_storeu_ps(reinterpret_cast<float*>(to), v);
  }
  static HWY_INLINE Vector set(const std::byte* rows, std::int64_t row) {
    return _mm256_set1_ps(reinterpret_cast<const float*>(rows)[row]);
  }
  static HWY_INLINE Vector step(Vector x, Vector a, Vector b) {
    return _mm256_add_ps(_mm256_mul_ps(x, a), b);
  }
};

#include "backends/onednn/alu_chains-inl.hpp"

}  // namespace avx
}  // namespace
}  // namespace assay::onednn
HWY_POP_ATTRIBUTES

namespace assay::onednn {

AluCode avx_code(const AluShape& shape) {
  AluCode code = laid_out(shape, "avx", 12, 8);
  if (code.accumulators <= most_of_16_registers)
    code.run = avx::choose<avx::Float>(code, shape.loads);
  return code;
}

}  // namespace assay::onednn

#endif
