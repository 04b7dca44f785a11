// Elements of both operands for kernels whose work-items are lanes (VW is 1): units of the tile
// multiply-accumulate, zero beyond the matrices.
//
// a is read as stored ([m, k]; [k, m] where A_TRANSPOSED). b was packed: [panels][ceil(k / B_UNIT)]
// [NR][B_UNIT], or for NIBBLES [panels][ceil(k / 8)][NR] uints, as matmul_weights.cl describes.
#ifndef ASSAY_MATMUL_LANE_LOADS
#define ASSAY_MATMUL_LANE_LOADS

#include "matmul_weights.cl"

#if TILE_INTEGER
typedef uint unit_scalar;
typedef uint4 unit_quad;
#else
typedef float unit_scalar;
typedef float4 unit_quad;
#endif

// Unit u of row i.
a_unit lane_a(__global const uchar *a, ulong batch, int i, int u, int m, int k) {
  const int step = u * K_UNIT;
  if (i >= m || step >= k) return 0;
#if A_TRANSPOSED
  const ulong at = (batch * k + step) * m + i;
#else
  const ulong at = (batch * m + i) * k + step;
#endif
#if K_UNIT == 1
  return LOAD(A_TYPE)(a, at);
#else
  const ulong stride = A_TRANSPOSED ? m : 1;
  const int left = k - step;
  uint unit = a[at];
  if (left > 1) unit |= (uint)a[at + stride] << 8;
  if (left > 2) unit |= (uint)a[at + 2 * stride] << 16;
  if (left > 3) unit |= (uint)a[at + 3 * stride] << 24;
#if A_FLIP
  unit ^= 0x80808080u;
#endif
  return unit;
#endif
}

// Unit u of column j of a panel; u is within k.
b_unit lane_b(__global const uchar *b, __global const uchar *scale, __global const uchar *zero,
              int j, int u, int group) {
#if K_UNIT == 4
  return ((__global const uint *)b)[(ulong)u * NR + j];
#elif GROUPED
  const ulong g = (ulong)(u / group) * NR + j;
#if NIBBLES
  const uint word = ((__global const uint *)b)[(ulong)(u / 8) * NR + j];
  const float q = nibble_step(word, u & 7) - NIBBLE_ZERO;
#else
  const float q = LOAD(B_TYPE)(b, (ulong)u * NR + j);
#endif
  return (q - ZERO_POINT(zero, g)) * LOAD(f16)(scale, g);
#else
  return LOAD(B_TYPE)(b, (ulong)u * NR + j);
#endif
}

#define LOAD_QUAD(dtype) CAT(load_quad_, dtype)

float4 load_quad_f32(__global const void *p, ulong i) {
  return *(__global const float4 *)((__global const float *)p + i);
}

float4 load_quad_f16(__global const void *p, ulong i) {
  return vloada_half4(0, (__global const half *)p + i);
}

float4 load_quad_bf16(__global const void *p, ulong i) {
  return as_float4(convert_uint4(*(__global const ushort4 *)((__global const ushort *)p + i)) << 16);
}

float4 load_quad_s8(__global const void *p, ulong i) {
  return convert_float4(*(__global const char4 *)((__global const char *)p + i));
}

float4 load_quad_u8(__global const void *p, ulong i) {
  return convert_float4(*(__global const uchar4 *)((__global const uchar *)p + i));
}

#if A_WIDE
// Units u to u + 3 of row i, all within k.
unit_quad lane_a_quad(__global const uchar *a, ulong batch, int i, int u, int m, int k) {
  if (i >= m) return (unit_quad)(0);
  const ulong at = (batch * m + i) * k + u * K_UNIT;
#if K_UNIT == 1
  return LOAD_QUAD(A_TYPE)(a, at);
#else
  const uint4 units = *(__global const uint4 *)(a + at);
#if A_FLIP
  return units ^ 0x80808080u;
#else
  return units;
#endif
#endif
}
#endif

// Unit u of columns j to j + 3, j being a multiple of 4.
unit_quad lane_b_quad(__global const uchar *b, __global const uchar *scale,
                      __global const uchar *zero, int j, int u, int group) {
#if K_UNIT == 4
  return *(__global const uint4 *)((__global const uint *)b + (ulong)u * NR + j);
#elif GROUPED
  return (unit_quad)(lane_b(b, scale, zero, j, u, group), lane_b(b, scale, zero, j + 1, u, group),
                     lane_b(b, scale, zero, j + 2, u, group),
                     lane_b(b, scale, zero, j + 3, u, group));
#else
  return LOAD_QUAD(B_TYPE)(b, (ulong)u * NR + j);
#endif
}

#endif
