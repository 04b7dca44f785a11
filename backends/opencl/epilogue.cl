// What happens to a sum before it is stored: scales, bias, activation, rounding to OUT_TYPE.
// BIAS and SCALES are 0 or 1; ACTIVATION is 0 (none), 1 (gelu) or 2 (silu). With INTEGER the sum is
// an exact int; OUT_IS_S32 stores it as it is.
#ifndef ASSAY_EPILOGUE
#define ASSAY_EPILOGUE

#include "convert.cl"

#if INTEGER
typedef int sum_t;
#else
typedef float sum_t;
#endif

float activate(float x) {
#if ACTIVATION == 1
  // x Phi(x); erfc keeps its relative precision where Phi is nearly 0.
  return 0.5f * x * erfc(x * -0.70710678118654752f);
#elif ACTIVATION == 2
  return x / (1.0f + exp(-x));
#else
  return x;
#endif
}

// `column` counts through the batch: batch * n + j; `index` likewise for the output.
void finish(sum_t sum, __global const float *a_scale, __global const float *b_scale,
            __global const float *bias, __global void *out, ulong batch, ulong column,
            ulong index) {
#if OUT_IS_S32
  ((__global int *)out)[index] = sum;
#else
  float x = (float)sum;
#if SCALES
  x *= a_scale[batch] * b_scale[column];
#endif
#if BIAS
  x += bias[column];
#endif
  STORE(OUT_TYPE)(activate(x), out, index);
#endif
}

#endif
