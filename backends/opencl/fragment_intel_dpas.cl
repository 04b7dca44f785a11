// intel.dpas (cl_intel_subgroup_matrix_multiply_accumulate): work-item i of a sub-group of 16 holds
// the i-th 2 bytes of 8 rows of a, row i of b whole, and column i of c.
#pragma OPENCL EXTENSION cl_intel_subgroups : enable
#define FRAGMENT_M 8
#define FRAGMENT_N 16
#define FRAGMENT_BYTES 32
#define FRAGMENT_LANES 16
#define FRAGMENT_ATTRIBUTE __attribute__((intel_reqd_sub_group_size(16)))

typedef short8 a_fragment;
typedef int8 b_fragment;
#if FRAGMENT_IS(s8)
typedef int8 c_fragment;
#else
typedef float8 c_fragment;
#endif

c_fragment zero_fragment(void) { return (c_fragment)(0); }

short a_element(__local const uchar *tile, int row, int byte) {
  return *(__local const short *)(tile + TILE_OFFSET(row, byte));
}

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  const int at = byte + 2 * lane;
  return (short8)(a_element(tile, row, at), a_element(tile, row + 1, at),
                  a_element(tile, row + 2, at), a_element(tile, row + 3, at),
                  a_element(tile, row + 4, at), a_element(tile, row + 5, at),
                  a_element(tile, row + 6, at), a_element(tile, row + 7, at));
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  const int4 low = *(__local const int4 *)(tile + TILE_OFFSET(row + lane, byte));
  const int4 high = *(__local const int4 *)(tile + TILE_OFFSET(row + lane, byte + 16));
  return (int8)(low, high);
}

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
#if FRAGMENT_IS(s8)
  return intel_sub_group_i8_i8_matrix_mad_k32(a, b, c);
#elif FRAGMENT_IS(bf16)
  return intel_sub_group_bf16_bf16_matrix_mad_k16(a, b, c);
#else
  return intel_sub_group_f16_f16_matrix_mad_k16(a, b, c);
#endif
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  stage[0 * FRAGMENT_N + lane] = c.s0;
  stage[1 * FRAGMENT_N + lane] = c.s1;
  stage[2 * FRAGMENT_N + lane] = c.s2;
  stage[3 * FRAGMENT_N + lane] = c.s3;
  stage[4 * FRAGMENT_N + lane] = c.s4;
  stage[5 * FRAGMENT_N + lane] = c.s5;
  stage[6 * FRAGMENT_N + lane] = c.s6;
  stage[7 * FRAGMENT_N + lane] = c.s7;
}
