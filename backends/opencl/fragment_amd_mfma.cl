// amd.mfma (gfx90a, gfx94x; s8: gfx94x only; waves of 64): work-item i holds 8 bytes of row i % 16,
// the (i / 16)-th of four, and of c's column i % 16 the four rows from 4 (i / 16).
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#define FRAGMENT_M 16
#define FRAGMENT_N 16
#define FRAGMENT_BYTES 32
#define FRAGMENT_LANES 64
#define FRAGMENT_ATTRIBUTE

typedef uint2 a_fragment;
typedef uint2 b_fragment;
#if FRAGMENT_IS(s8)
typedef int4 c_fragment;
#else
typedef float4 c_fragment;
#endif

c_fragment zero_fragment(void) { return (c_fragment)(0); }

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  const int at = TILE_OFFSET(row + (lane & 15), byte + (lane >> 4) * 8);
  return *(__local const uint2 *)(tile + at);
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  return load_a_fragment(tile, row, byte, lane);
}

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
#if FRAGMENT_IS(s8)
  return __builtin_amdgcn_mfma_i32_16x16x32_i8(as_long(a), as_long(b), c, 0, 0, 0);
#elif FRAGMENT_IS(bf16)
  return __builtin_amdgcn_mfma_f32_16x16x16bf16_1k(as_short4(a), as_short4(b), c, 0, 0, 0);
#else
  return __builtin_amdgcn_mfma_f32_16x16x16f16(as_half4(a), as_half4(b), c, 0, 0, 0);
#endif
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  __local sum_fragment *column = stage + (lane >> 4) * 4 * FRAGMENT_N + (lane & 15);
  column[0 * FRAGMENT_N] = c.s0;
  column[1 * FRAGMENT_N] = c.s1;
  column[2 * FRAGMENT_N] = c.s2;
  column[3 * FRAGMENT_N] = c.s3;
}
