#include <cstdint>
#include <cstring>
#include <utility>

#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/cpu_features.hpp"
#include "backends/onednn/isa.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512fp16")
namespace assay::onednn {
namespace {
namespace fp16 {

// As in dot products, the instruction is written as assembly.
struct Half {
  using Vector = __m512i;
  static constexpr int width = 32;
  static constexpr std::size_t row_bytes = 2;
  static HWY_INLINE Vector load(const std::byte* from) { return _mm512_loadu_si512(from); }
  static HWY_INLINE void store(std::byte* to, Vector v) { _mm512_storeu_si512(to, v); }
  static HWY_INLINE Vector set(const std::byte* rows, std::int64_t row) {
    short bits = 0;
    std::memcpy(&bits, rows + 2 * row, sizeof bits);
    return _mm512_set1_epi16(bits);
  }
  static HWY_INLINE Vector step(Vector x, Vector a, Vector b) {
    __asm__("vfmadd213ph %2, %1, %0" : "+v"(x) : "v"(a), "v"(b));
    return x;
  }
};

#include "backends/onednn/alu_chains-inl.hpp"

}  // namespace fp16
}  // namespace
}  // namespace assay::onednn
HWY_POP_ATTRIBUTES

namespace assay::onednn {

AluCode avx512_fp16_code(const AluShape& shape) {
  AluCode code = laid_out(shape, "avx512_fp16", 24, 32);
  code.run = fp16::choose<fp16::Half>(code, shape.loads);
  return code;
}

AluCode find_alu_half(const AluShape& shape) {
  const int bytes = effective_vector_bytes();
  if (cpu_has_avx512_fp16() && (bytes == 0 || bytes >= 64)) {
    return or_missing(avx512_fp16_code(shape), shape);
  }
  AluCode code;
  code.missing = "this processor, or ONEDNN_MAX_CPU_ISA, lacks sums of f16 (avx512_fp16)";
  return code;
}

}  // namespace assay::onednn

#else

namespace assay::onednn {

AluCode find_alu_half(const AluShape&) {
  AluCode code;
  code.missing = "sums of f16 are written for x86 only";
  return code;
}

}  // namespace assay::onednn

#endif
