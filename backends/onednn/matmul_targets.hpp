// Which instruction sets matmul's vector code is compiled for; before any header of Highway.
// AVX3_DL has dot products of bytes (VNNI), AVX3_ZEN4 those of bfloat16 too. Left out: sets that add
// nothing to this code, and sizeless vectors (SVE, RVV), which can't form the arrays of accumulators
// that it keeps in registers.
#pragma once

#ifdef ASSAY_FEW_TARGETS  // builds with sanitizers, which take minutes for each file
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL | HWY_AVX3_SPR | HWY_ALL_SVE | HWY_RVV)
#elif !defined(HWY_DISABLED_TARGETS)
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_SPR | HWY_ALL_SVE | HWY_RVV)
#endif
#define HWY_WANT_AVX3_DL

// Whether the instruction set being compiled looks weights of 4 bits up as bf16: x86's table instruction
// reads a vector of 32 of them. All that lay such rows out ask this.
#define ASSAY_BF16_PLANES (HWY_NATIVE_DOT_BF16 && HWY_ARCH_X86)
