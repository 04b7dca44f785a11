// Units of few rows' products: 16 bytes, UNIT consecutive steps of k of one column of packed weights,
// and the activations that meet them.
//
// b was packed by matmul_pack_lanes.cl: [panels][ceil(k / UNIT)][NR][UNIT] elements of B_TYPE, zero
// beyond the matrix; NIBBLES: of 4 bits, the first in a byte's lower half, B_SIGNED ones with 8 added.
#ifndef ASSAY_MATMUL_ROW_UNITS
#define ASSAY_MATMUL_ROW_UNITS

#include "tile.cl"

#define ROW_UNITS(k) (((k) + UNIT - 1) / UNIT)

#if TILE_INTEGER
// Four steps a number.
#define UNIT_QUADS 1
#else
#define UNIT_QUADS (UNIT / 4)
#endif
// Numbers of a row's unit in local memory. Larger units are kept apart, so that the same quad of
// neighbouring units lies in different banks.
#define UNIT_STRIDE (UNIT_QUADS * 4 + (UNIT_QUADS >= 4 ? 4 : 0))

float half_value(ushort bits) { return vload_half(0, (const half *)&bits); }

#if !TILE_INTEGER
// A number below 2^23 in the mantissa of 2^23 is that much more: LESS takes it away again, along with
// what makes signed elements positive.
#define IN_MANTISSA 0x4B000000u
#if NIBBLES
#define LESS (8388608.0f + 8.0f * B_SIGNED)
#else
#define LESS (8388608.0f + 128.0f * B_SIGNED)
#endif

// FRACTIONS: 4-bit elements cost least where two of them share a shift. A number in the upper bits of
// the mantissa of 1 is 1 + q / 256 or, four bits further up, 1 + q / 16. So odd steps' activations are
// divided by 16. What is more than q and a zero point go before the product, which is exact.
#define FRACTION 256.0f

// The q-th four steps of a unit: integers with LESS added, or as fractions.
float4 unit_quad(uint4 x, int q) {
  uint words[4];
  vstore4(x, 0, words);
#if FRACTIONS
  const uint first = q % 2 == 0 ? words[q / 2] << 15 : words[q / 2] >> 1;
  const uint second = q % 2 == 0 ? words[q / 2] << 7 : words[q / 2] >> 9;
  return as_float4((uint4)(first & 0x00078000u, first & 0x00780000u, second & 0x00078000u,
                           second & 0x00780000u) |
                   0x3f800000u);
#elif NIBBLES
  const uint w = words[q / 2] >> (q % 2 * 16);
  return as_float4((uint4)(w & 15u, (w >> 4) & 15u, (w >> 8) & 15u, (w >> 12) & 15u) | IN_MANTISSA);
#elif B_BYTES == 1
  const uint w = words[q] ^ (B_SIGNED ? 0x80808080u : 0u);
  return as_float4((uint4)(w & 255u, (w >> 8) & 255u, (w >> 16) & 255u, w >> 24) | IN_MANTISSA);
#elif B_BYTES == 4
  return as_float4(x);
#else
  const uint2 w = (uint2)(words[2 * q], words[2 * q + 1]);
#if B_IS_F16
  const ushort4 bits = (ushort4)((ushort)w.x, (ushort)(w.x >> 16), (ushort)w.y, (ushort)(w.y >> 16));
  return vload_half4(0, (const half *)&bits);
#else
  return as_float4((uint4)(w.x << 16, w.x & 0xffff0000u, w.y << 16, w.y & 0xffff0000u));
#endif
#endif
}
#endif

// A_WIDE neighbours along k of row i from step on, which begin at a multiple of A_WIDE and end within
// k where A_WIDE is 4. Local memory has them as floats, or four in a uint.
#if TILE_INTEGER
typedef uint staged_t;
uint staged(__global const uchar *a, ulong batch, int i, int step, int m, int k) {
#if A_WIDE == 4
  return *(__global const uint *)(a + (batch * m + i) * k + step);
#else
#if A_TRANSPOSED
  const ulong at = (batch * k + step) * m + i;
  const ulong stride = m;
#else
  const ulong at = (batch * m + i) * k + step;
  const ulong stride = 1;
#endif
  const int left = k - step;
  uint unit = a[at];
  if (left > 1) unit |= (uint)a[at + stride] << 8;
  if (left > 2) unit |= (uint)a[at + 2 * stride] << 16;
  if (left > 3) unit |= (uint)a[at + 3 * stride] << 24;
  return unit;
#endif
}
#elif A_WIDE == 4
typedef float4 staged_t;
float4 staged(__global const uchar *a, ulong batch, int i, int step, int m, int k) {
  const ulong at = (batch * m + i) * k + step;
#if A_BITS == 32
  return *(__global const float4 *)((__global const float *)a + at);
#elif A_BITS == 16 && A_IS_F16
  return vloada_half4(0, (__global const half *)a + at);
#elif A_BITS == 16
  return as_float4(convert_uint4(*(__global const ushort4 *)((__global const ushort *)a + at)) << 16);
#elif A_SIGNED
  return convert_float4(*(__global const char4 *)(a + at));
#else
  return convert_float4(*(__global const uchar4 *)(a + at));
#endif
}
#else
typedef float staged_t;
float staged(__global const uchar *a, ulong batch, int i, int step, int m, int k) {
#if A_TRANSPOSED
  return LOAD(A_TYPE)(a, (batch * k + step) * m + i);
#else
  return LOAD(A_TYPE)(a, (batch * m + i) * k + step);
#endif
}
#endif

#endif
