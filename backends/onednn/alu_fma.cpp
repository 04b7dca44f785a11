#include <array>
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

inline constexpr std::array<std::size_t, 12> alu_accumulators = {1, 2,  3,  4,  5,  6,
                                                                 8, 10, 12, 16, 20, 24};

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
constexpr int best_accumulators = many_registers ? 24 : 12;
constexpr std::size_t widest = HWY_MAX_BYTES / sizeof(float);

template <class V, std::size_t... kIndex>
HWY_INLINE void step(V (&x)[sizeof...(kIndex)], V a, V b, std::index_sequence<kIndex...>) {
  ((x[kIndex] = hn::MulAdd(x[kIndex], a, b)), ...);
}

template <class D, class V, std::size_t... kIndex>
HWY_INLINE void step_with_loads(D d, V (&x)[sizeof...(kIndex)], V a, const float* HWY_RESTRICT b,
                                std::index_sequence<kIndex...>) {
  ((x[kIndex] = hn::MulAdd(x[kIndex], a, hn::LoadU(d, b + kIndex * hn::MaxLanes(d)))), ...);
}

template <std::size_t kWidth, std::size_t kAccumulators, bool kLoads>
void run_chains(const AluBlock& block) {
  const hn::CappedTag<float, kWidth> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto every = std::make_index_sequence<kAccumulators>();
  const auto* const start = reinterpret_cast<const float*>(block.x);
  const auto* const a = reinterpret_cast<const float*>(block.a);
  const auto* const b = reinterpret_cast<const float*>(block.b);
  auto* const end = reinterpret_cast<float*>(block.out);
  const V a0 = hn::Set(d, a[0]);
  const V a1 = hn::Set(d, a[1]);
  V x[kAccumulators];
  for (std::size_t i = 0; i < kAccumulators; ++i) x[i] = hn::LoadU(d, start + i * kWidth);
  if constexpr (kLoads) {
    // Unsigned, so that the table's size is a mask, and not a division's remainder between two loads.
    auto row = static_cast<std::uint64_t>(block.first) % alu_table;
    for (std::int64_t t = 0; t < block.steps; t += 2) {
      step_with_loads(d, x, a0, b + row, every);
      step_with_loads(d, x, a1, b + (row + alu_shift) % alu_table, every);
      row = (row + 2 * alu_shift) % alu_table;
    }
  } else {
    const V b0 = hn::Set(d, b[0]);
    const V b1 = hn::Set(d, b[1]);
    for (std::int64_t t = 0; t < block.steps; t += 2) {
      step(x, a0, b0, every);
      step(x, a1, b1, every);
    }
  }
  for (std::size_t i = 0; i < kAccumulators; ++i) hn::StoreU(x[i], d, end + i * kWidth);
}

// The code of every number of accumulators, in their list's order.
template <std::size_t kWidth, bool kLoads, std::size_t... kIndex>
AluRun choose(std::size_t accumulators, std::index_sequence<kIndex...>) {
  AluRun found = nullptr;
  ((alu_accumulators[kIndex] == accumulators
        ? void(found = run_chains<kWidth, alu_accumulators[kIndex], kLoads>)
        : void()),
   ...);
  return found;
}

template <bool kLoads>
AluRun fma_of(std::size_t width, std::size_t accumulators) {
  constexpr auto all = std::make_index_sequence<alu_accumulators.size()>();
  switch (width) {
    case 1:
      return choose<1, kLoads>(accumulators, all);
    case 4:
      return choose<4, kLoads>(accumulators, all);
#if HWY_MAX_BYTES >= 32
    case 8:
      return choose<8, kLoads>(accumulators, all);
#endif
#if HWY_MAX_BYTES >= 64
    case 16:
      return choose<16, kLoads>(accumulators, all);
#endif
    default:
      return nullptr;
  }
}

AluRun fma_code(std::size_t width, std::size_t accumulators, bool loads) {
  return loads ? fma_of<true>(width, accumulators) : fma_of<false>(width, accumulators);
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
  code.run =
      HWY_DYNAMIC_DISPATCH(fma_code)(static_cast<std::size_t>(code.width),
                                     static_cast<std::size_t>(code.accumulators), shape.loads);
  return or_missing(code, shape);
}

}  // namespace assay::onednn
#endif
