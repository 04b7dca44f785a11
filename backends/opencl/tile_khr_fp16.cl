// khr.fp16: arithmetic on half. Its sums are too coarse for a long k; a ceiling, and what the
// conversion of weights may use.
#ifdef cl_khr_fp16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif
#define K_UNIT 1
#define TILE_INTEGER 0
#if VW == 1
typedef half halfv;
#else
typedef CAT(half, VW) halfv;
#endif
typedef half a_unit;
typedef halfv b_unit;
typedef halfv c_unit;

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) { return fma((halfv)(a), b, c); }
