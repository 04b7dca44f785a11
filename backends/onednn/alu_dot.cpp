#include <cstdint>
#include <cstring>
#include <utility>

#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/cpu_features.hpp"
#include "backends/onednn/isa.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

namespace assay::onednn {
namespace {

// Four bytes of factors, as they are.
int word_at(const std::byte* data, std::int64_t index) {
  int word = 0;
  std::memcpy(&word, data + 4 * index, sizeof word);
  return word;
}

}  // namespace
}  // namespace assay::onednn

// Instructions are written as assembly, because GCC 12 copies the sums around its intrinsics, at a third
// of the rate.

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512bf16,avx512vnni")
namespace assay::onednn {
namespace {
namespace evex {

struct Wide {
  using Vector = __m512i;
  static constexpr int width = 16;
  static constexpr std::size_t row_bytes = 4;
  static HWY_INLINE Vector load(const std::byte* from) { return _mm512_loadu_si512(from); }
  static HWY_INLINE void store(std::byte* to, Vector v) { _mm512_storeu_si512(to, v); }
  static HWY_INLINE Vector set(const std::byte* rows, std::int64_t row) {
    return _mm512_set1_epi32(word_at(rows, row));
  }
};
struct WideBf16 : Wide {
  static HWY_INLINE Vector step(Vector sum, Vector a, Vector b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
};
struct WideInt8 : Wide {
  static HWY_INLINE Vector step(Vector sum, Vector a, Vector b) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
};

struct Half {
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
    return _mm256_set1_epi32(word_at(rows, row));
  }
};
struct HalfBf16 : Half {
  static HWY_INLINE Vector step(Vector sum, Vector a, Vector b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
};
struct HalfInt8 : Half {
  static HWY_INLINE Vector step(Vector sum, Vector a, Vector b) {
    __asm__("%{evex%} vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
};

#include "backends/onednn/alu_chains-inl.hpp"

AluRun find(const AluCode& code, bool bf16, bool loads) {
  if (code.width == Wide::width) {
    return bf16 ? choose<WideBf16>(code, loads) : choose<WideInt8>(code, loads);
  }
  return bf16 ? choose<HalfBf16>(code, loads) : choose<HalfInt8>(code, loads);
}

}  // namespace evex
}  // namespace
}  // namespace assay::onednn
HWY_POP_ATTRIBUTES

namespace assay::onednn {
namespace {

AluCode evex_code(const AluShape& shape, bool bf16) {
  AluCode code = laid_out(shape, bf16 ? "avx512_bf16" : "avx512_vnni", 24, 16);
  code.run = evex::find(code, bf16, shape.loads);
  return code;
}

}  // namespace

AluCode find_alu_dot(const AluShape& shape, int vector_bytes) {
  const bool bf16 = shape.dtype == DType::bf16;
  const bool wide = vector_bytes == 0 || vector_bytes >= 64;
  const bool evex = wide && __builtin_cpu_supports("avx512bw") != 0 &&
                    __builtin_cpu_supports("avx512vl") != 0 &&
                    (bf16 ? __builtin_cpu_supports("avx512bf16") != 0
                          : __builtin_cpu_supports("avx512vnni") != 0);
  if (evex) return or_missing(evex_code(shape, bf16), shape);
  if (!bf16 && cpu_has_avx_vnni() && sums_int8_exactly())
    return or_missing(avx_vnni_code(shape), shape);
  AluCode code;
  code.missing = std::string("this processor, or ONEDNN_MAX_CPU_ISA, lacks ") +
                 (bf16 ? "avx512_bf16" : "avx512_vnni and avx_vnni");
  return code;
}

}  // namespace assay::onednn

#else

namespace assay::onednn {

AluCode find_alu_dot(const AluShape&, int) {
  AluCode code;
  code.missing = "dot products are written for x86 only";
  return code;
}

}  // namespace assay::onednn

#endif
