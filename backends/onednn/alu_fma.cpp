#include <cstdint>
#include <utility>

#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/attention.hpp"
#include "backends/onednn/cpu_features.hpp"
#include "backends/onednn/isa.hpp"
// Later AVX-512 sets add nothing here.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_ALL_SVE | HWY_RVV)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/alu_fma.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#ifndef ASSAY_ALU_FMA_ONCE
#define ASSAY_ALU_FMA_ONCE
namespace assay::onednn {

// What a target offers of one width.
struct AluTarget {
  int widest = 1;
  int best = 1;  // accumulators: as many as registers allow
};

}  // namespace assay::onednn
#endif

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// 32 vector registers, or 16.
constexpr bool many_registers = HWY_MAX_BYTES == 64 || HWY_ARCH_ARM_A64;
constexpr int best_accumulators = many_registers ? 24 : most_of_16_registers;
constexpr std::size_t widest = HWY_MAX_BYTES / sizeof(float);

template <std::size_t kWidth>
struct Fma {
  using Floats = hn::CappedTag<float, kWidth>;
  using Vector = hn::Vec<Floats>;
  static constexpr int width = kWidth;
  static constexpr std::size_t row_bytes = sizeof(float);
  static HWY_INLINE Vector load(const std::byte* from) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(from));
  }
  static HWY_INLINE void store(std::byte* to, Vector v) {
    hn::StoreU(v, Floats(), reinterpret_cast<float*>(to));
  }
  static HWY_INLINE Vector set(const std::byte* rows, std::int64_t row) {
    return hn::Set(Floats(), reinterpret_cast<const float*>(rows)[row]);
  }
  static HWY_INLINE Vector step(Vector x, Vector a, Vector b) { return hn::MulAdd(x, a, b); }
};

#include "backends/onednn/alu_chains-inl.hpp"

AluRun fma_code(const AluCode& code, bool loads) {
  if (code.accumulators > best_accumulators) return nullptr;
  switch (code.width) {
    case 1:
      return choose<Fma<1>>(code, loads);
    case 4:
      return choose<Fma<4>>(code, loads);
#if HWY_MAX_BYTES >= 32
    case 8:
      return choose<Fma<8>>(code, loads);
#endif
#if HWY_MAX_BYTES >= 64
    case 16:
      return choose<Fma<16>>(code, loads);
#endif
    default:
      return nullptr;
  }
}

AluTarget fma_target() { return {static_cast<int>(widest), best_accumulators}; }

}  // namespace
}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(fma_code);
HWY_EXPORT(fma_target);

AluCode find_alu_fma(const AluShape& shape) {
  const AluTarget target = HWY_DYNAMIC_DISPATCH(fma_target)();
#if HWY_ARCH_X86_64
  if (target.widest < 8 && __builtin_cpu_supports("avx") != 0 && has_avx()) {
    return or_missing(avx_code(shape), shape);
  }
#endif
  // Longer than those of the targets above: others' code may compute with them.
  constexpr int neon_bytes = 16;
  const int sve = sve_bytes();
  if (sve > neon_bytes && (shape.width == 0 || 4 * shape.width == sve)) {
    return or_missing(sve_code(shape), shape);
  }
  AluCode code = laid_out(shape, attention_target(), target.best, target.widest);
  code.run = HWY_DYNAMIC_DISPATCH(fma_code)(code, shape.loads);
  return or_missing(code, shape);
}

}  // namespace assay::onednn
#endif
