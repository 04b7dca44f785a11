// Dot products of bfloat16 pairs and of bytes that add to 32-bit sums, and requests to memory, compiled
// once for each instruction set. Included by files that Highway's foreach_target.h compiles.

// Highway's include guard: once per target, not once.
#if defined(ASSAY_ONEDNN_DOT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ASSAY_ONEDNN_DOT_INL
#undef ASSAY_ONEDNN_DOT_INL
#else
#define ASSAY_ONEDNN_DOT_INL
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {

// On x86 the instructions are written out: GCC 12 copies the sums around its intrinsics, which costs
// more than the products. There must be as many sums as registers hold.

#if HWY_NATIVE_DOT_BF16
// sums + a . b, the products of two pairs a lane.
template <class D, class Pairs, class Sums>
HWY_INLINE Sums dot_bf16(D d, Pairs a, Pairs b, Sums sums) {
#if HWY_ARCH_X86
  (void)d;
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(sums.raw) : "v"(a.raw), "v"(b.raw));
  return sums;
#else
  Sums unused = sums;  // the instruction has one sum
  return hwy::HWY_NAMESPACE::ReorderWidenMulAccumulate(d, a, b, sums, unused);
#endif
}
#endif

// sums + a . b, the products of four unsigned and four signed bytes a lane.
template <class D, class Unsigned, class Signed, class Sums>
HWY_INLINE Sums dot_bytes(D d, Unsigned a, Signed b, Sums sums) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
  (void)d;
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sums.raw) : "v"(a.raw), "v"(b.raw));
  return sums;
#else
  return hwy::HWY_NAMESPACE::SumOfMulQuadAccumulate(d, a, b, sums);
#endif
}

// Asks memory for `kBytes` bytes that will be read soon, into the second-level cache. Any address will
// do.
template <std::int64_t kBytes>
HWY_INLINE void ask_ahead(const std::byte* from) {
  constexpr std::int64_t line = 64;
  for (std::int64_t i = 0; i < kBytes; i += line) __builtin_prefetch(from + i, 0, 2);
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
