// khr.dot (cl_khr_integer_dot_product): four products of packed bytes; A_SIGNED says whether a is.
#ifdef cl_khr_integer_dot_product
#pragma OPENCL EXTENSION cl_khr_integer_dot_product : enable
#endif
#define K_UNIT 4
#define TILE_INTEGER 1
typedef uint a_unit;
typedef uint b_unit;
typedef int c_unit;

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) {
#if A_SIGNED
  return c + dot_4x8packed_ss_int(a, b);
#else
  return c + dot_4x8packed_us_int(a, b);
#endif
}
