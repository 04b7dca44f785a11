// The online softmax, in powers of two: scores become weights relative to the largest one seen so far.
#ifndef ASSAY_SOFTMAX
#define ASSAY_SOFTMAX

#include "units.cl"

// Vectors that cross cache lines cost double.
#define ALIGNED __attribute__((aligned(64)))

// How far, in powers of two, a maximum may lag behind the largest score.
#define SLACK 8.0f

// Where a maximum starts: finite, so that no difference is infinity - infinity.
#define LOWEST -3.0e38f

// 0, 1, ... of each lane.
#if VW == 16
#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#elif VW == 8
#define LANES ((int8)(0, 1, 2, 3, 4, 5, 6, 7))
#else
#define LANES ((int4)(0, 1, 2, 3))
#endif

// The largest lane. Sums stay in lanes until the end, a maximum is needed at once.
#if VW == 16
float largest_lane(floatv x) {
  const float8 a = fmax(x.lo, x.hi);
  const float4 b = fmax(a.lo, a.hi);
  const float2 c = fmax(b.lo, b.hi);
  return fmax(c.x, c.y);
}
float sum_of_lanes(floatv x) {
  const float8 a = x.lo + x.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}
#elif VW == 8
float largest_lane(floatv x) {
  const float4 b = fmax(x.lo, x.hi);
  const float2 c = fmax(b.lo, b.hi);
  return fmax(c.x, c.y);
}
float sum_of_lanes(floatv x) {
  const float4 b = x.lo + x.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}
#else
float largest_lane(floatv x) {
  const float2 c = fmax(x.lo, x.hi);
  return fmax(c.x, c.y);
}
float sum_of_lanes(floatv x) {
  const float2 c = x.lo + x.hi;
  return c.x + c.y;
}
#endif

// 2^x for x up to 100; below -125 it is 2^-125. x is split into a whole number, by adding what leaves
// no fraction bits, and a rest in +-1/2, for which a polynomial stands (relative error 7.5e-8,
// minimax); the whole number goes to the exponent.
floatv power_of_two(floatv x) {
  const floatv clamped = fmax(x, (floatv)(-125.0f));
  const floatv shifted = clamped + 12582912.0f;
  const floatv f = clamped - (shifted - 12582912.0f);
  floatv p = (floatv)(0.00132764725f);
  p = MULTIPLY_ADD(p, f, (floatv)(0.00967554096f));
  p = MULTIPLY_ADD(p, f, (floatv)(0.0555071309f));
  p = MULTIPLY_ADD(p, f, (floatv)(0.240221202f));
  p = MULTIPLY_ADD(p, f, (floatv)(0.693146944f));
  p = MULTIPLY_ADD(p, f, (floatv)(1.00000012f));
  return as_floatv(as_intv(p) + (as_intv(shifted) << 23));
}

// Turns a row's KB scores into weights relative to a maximum, in units, and adds them to the row's sum.
// The maximum may lag behind the largest score by SLACK powers of two, so that it, the sum and the
// output `out` of DP floats hardly ever change: what such weights add up to is far from any limit.
// `masked`: keys from `seen` on count nothing. `scale` multiplies differences: that of the largest score is
// 0 then, however large, while multiplied ones would be apart by what rounding does to them.
__attribute__((always_inline)) void update_row(const float *scores, a_unit *weights, bool masked,
                                               int seen, float scale, float *maximum, floatv *sum,
                                               float *out) {
  floatv s[KB / VW];
#pragma unroll
  for (int j = 0; j < KB / VW; ++j) {
    s[j] = vloadv(j, scores);
    if (masked) s[j] = select((floatv)(LOWEST), s[j], LANES + j * VW < (intv)(seen));
  }
  floatv most = s[0];
#pragma unroll
  for (int j = 1; j < KB / VW; ++j) most = fmax(most, s[j]);
  if (any(most > (floatv)(*maximum + SLACK / scale))) {
    const float highest = fmax(*maximum, largest_lane(most));
    const floatv shrink = power_of_two((floatv)((*maximum - highest) * scale));
    *sum *= shrink;
    for (int j = 0; j < DP / VW; ++j) vstorev(vloadv(j, out) * shrink, j, out);
    *maximum = highest;
  }
  const floatv highest = (floatv)(*maximum);
  floatv total = (floatv)(0.0f);
#pragma unroll
  for (int j = 0; j < KB / VW; ++j) {
    s[j] = power_of_two((s[j] - highest) * scale);
    if (masked) s[j] = select((floatv)(0.0f), s[j], LANES + j * VW < (intv)(seen));
    total += s[j];
  }
  *sum += total;
#pragma unroll
  for (int j = 0; j < KB / VW; j += K_UNIT) store_units(s[j], s[j + K_UNIT - 1], j / K_UNIT, weights);
}

#endif
