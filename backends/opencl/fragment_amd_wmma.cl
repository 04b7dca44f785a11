// amd.wmma (gfx11, waves of 32): both halves of the wave hold row lane % 16 of a and of b whole, and
// c's column lane % 16, even rows in the lower half and odd ones in the upper.
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#define FRAGMENT_M 16
#define FRAGMENT_N 16
#define FRAGMENT_LANES 32
#define FRAGMENT_ATTRIBUTE

#if FRAGMENT_IS(s8)
#define FRAGMENT_BYTES 16
typedef int4 a_fragment;
typedef int8 c_fragment;
#else
#define FRAGMENT_BYTES 32
typedef uint8 a_fragment;
typedef float8 c_fragment;
#endif
typedef a_fragment b_fragment;

c_fragment zero_fragment(void) { return (c_fragment)(0); }

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  const int at = row + (lane & 15);
#if FRAGMENT_IS(s8)
  return *(__local const int4 *)(tile + TILE_OFFSET(at, byte));
#else
  return (uint8)(*(__local const uint4 *)(tile + TILE_OFFSET(at, byte)),
                 *(__local const uint4 *)(tile + TILE_OFFSET(at, byte + 16)));
#endif
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  return load_a_fragment(tile, row, byte, lane);
}

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
#if FRAGMENT_IS(s8)
  return __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(true, a, true, b, c, false);
#elif FRAGMENT_IS(bf16)
  return __builtin_amdgcn_wmma_f32_16x16x16_bf16_w32(as_short16(a), as_short16(b), c);
#else
  return __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(as_half16(a), as_half16(b), c);
#endif
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  __local sum_fragment *column = stage + (lane >> 4) * FRAGMENT_N + (lane & 15);
  column[0 * FRAGMENT_N] = c.s0;
  column[2 * FRAGMENT_N] = c.s1;
  column[4 * FRAGMENT_N] = c.s2;
  column[6 * FRAGMENT_N] = c.s3;
  column[8 * FRAGMENT_N] = c.s4;
  column[10 * FRAGMENT_N] = c.s5;
  column[12 * FRAGMENT_N] = c.s6;
  column[14 * FRAGMENT_N] = c.s7;
}
