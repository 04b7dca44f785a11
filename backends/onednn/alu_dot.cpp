#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "backends/onednn/alu_code.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <hwy/base.h>

namespace assay::onednn {
namespace {

constexpr std::array<std::size_t, 12> dot_accumulators = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24};

// Four bytes of factors, as they are.
int word_at(const std::byte* data, std::int64_t index) {
  int word = 0;
  std::memcpy(&word, data + 4 * index, sizeof word);
  return word;
}

}  // namespace
}  // namespace assay::onednn

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512vl,avx512bf16,avx512vnni")
namespace assay::onednn {
namespace {

// Each operation is a vector of sums plus the dot products of two vectors of factors. As assembly,
// because GCC 12 copies the sums around its intrinsics, at a third of the rate.
struct Bf16 {
  static HWY_INLINE __m512i add(__m512i sum, __m512i a, __m512i b) {
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
};
struct Int8 {
  static HWY_INLINE __m512i add(__m512i sum, __m512i a, __m512i b) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
  }
};

template <class Operation, std::size_t... kIndex>
HWY_INLINE void step(__m512i (&x)[sizeof...(kIndex)], __m512i a, __m512i b,
                     std::index_sequence<kIndex...>) {
  ((x[kIndex] = Operation::add(x[kIndex], a, b)), ...);
}

template <class Operation, std::size_t... kIndex>
HWY_INLINE void step_with_loads(__m512i (&x)[sizeof...(kIndex)], __m512i a, const std::byte* b,
                                std::index_sequence<kIndex...>) {
  ((x[kIndex] = Operation::add(x[kIndex], a, _mm512_loadu_si512(b + 64 * kIndex))), ...);
}

template <class Operation, std::size_t kAccumulators, bool kLoads>
void run_dots(const AluBlock& block) {
  constexpr auto every = std::make_index_sequence<kAccumulators>();
  const __m512i a0 = _mm512_set1_epi32(word_at(block.a, 0));
  const __m512i a1 = _mm512_set1_epi32(word_at(block.a, 1));
  __m512i x[kAccumulators];
  for (std::size_t i = 0; i < kAccumulators; ++i) x[i] = _mm512_loadu_si512(block.x + 64 * i);
  if constexpr (kLoads) {
    // Unsigned, so that the table's size is a mask, and not a division's remainder between two loads.
    auto row = static_cast<std::uint64_t>(block.first) % alu_table;
    for (std::int64_t t = 0; t < block.steps; t += 2) {
      step_with_loads<Operation>(x, a0, block.b + 4 * row, every);
      step_with_loads<Operation>(x, a1, block.b + 4 * ((row + alu_shift) % alu_table), every);
      row = (row + 2 * alu_shift) % alu_table;
    }
  } else {
    const __m512i b0 = _mm512_set1_epi32(word_at(block.b, 0));
    const __m512i b1 = _mm512_set1_epi32(word_at(block.b, 1));
    for (std::int64_t t = 0; t < block.steps; t += 2) {
      step<Operation>(x, a0, b0, every);
      step<Operation>(x, a1, b1, every);
    }
  }
  for (std::size_t i = 0; i < kAccumulators; ++i) _mm512_storeu_si512(block.out + 64 * i, x[i]);
}

template <class Operation, bool kLoads, std::size_t... kIndex>
auto choose(std::size_t accumulators, std::index_sequence<kIndex...>) {
  void (*found)(const AluBlock&) = nullptr;
  ((dot_accumulators[kIndex] == accumulators
        ? void(found = run_dots<Operation, dot_accumulators[kIndex], kLoads>)
        : void()),
   ...);
  return found;
}

}  // namespace
}  // namespace assay::onednn
HWY_POP_ATTRIBUTES

namespace assay::onednn {

AluCode find_alu_dot(const AluShape& shape, int vector_bytes) {
  AluCode code;
  const bool bf16 = shape.dtype == DType::bf16;
  const bool wide = vector_bytes == 0 || vector_bytes >= 64;
  const bool there = wide && __builtin_cpu_supports("avx512bw") != 0 &&
                     (bf16 ? __builtin_cpu_supports("avx512bf16") != 0
                           : __builtin_cpu_supports("avx512vnni") != 0);
  code.isa = bf16 ? "avx512_bf16" : "avx512_vnni";
  if (!there) {
    code.missing = "this processor, or ONEDNN_MAX_CPU_ISA, lacks " + code.isa;
    return code;
  }
  code.width = shape.width == 0 ? 16 : static_cast<int>(shape.width);
  code.accumulators = shape.accumulators == 0 ? 24 : static_cast<int>(shape.accumulators);
  constexpr auto all = std::make_index_sequence<dot_accumulators.size()>();
  const auto wanted = static_cast<std::size_t>(code.accumulators);
  if (code.width == 16) {
    code.run =
        bf16 ? (shape.loads ? choose<Bf16, true>(wanted, all) : choose<Bf16, false>(wanted, all))
             : (shape.loads ? choose<Int8, true>(wanted, all) : choose<Int8, false>(wanted, all));
  }
  if (code.run == nullptr) {
    code.missing = "no code for accumulators:" + std::to_string(code.accumulators) +
                   " with width:" + std::to_string(code.width) + " on " + code.isa;
  }
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
