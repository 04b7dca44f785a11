#include <cstdint>
#include <cstring>
#include <utility>

#include "backends/onednn/alu_code.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

// Processors without AVX-512 that have VNNI: the same instruction, with 16 registers.
HWY_PUSH_ATTRIBUTES("avx2,avxvnni")
namespace assay::onednn {
namespace {
namespace vex {

struct Int8 {
  using Vector = __m256i;
  static constexpr int width = 8;
  static constexpr std::size_t row_bytes = 4;
  static HWY_INLINE Vector load(const std::byte* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  static HWY_INLINE void store(std::byte* to, Vector v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v);
  }
  static HWY_INLINE Vector set(const std::byte* rows, std::int64_t row) {
    int word = 0;
    std::memcpy(&word, rows + 4 * row, sizeof word);
    return _mm256_set1_epi32(word);
  }
  static HWY_INLINE Vector step(Vector sum, Vector a, Vector b) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    return sum;
  }
};

#include "backends/onednn/alu_chains-inl.hpp"

AluRun find(const AluCode& code, bool loads) { return choose<Int8>(code, loads); }

}  // namespace vex
}  // namespace
}  // namespace assay::onednn
HWY_POP_ATTRIBUTES

namespace assay::onednn {

AluCode avx_vnni_code(const AluShape& shape) {
  AluCode code = laid_out(shape, "avx_vnni", 12, 8);
  if (code.accumulators <= most_of_16_registers) code.run = vex::find(code, shape.loads);
  return code;
}

}  // namespace assay::onednn

#endif
