// A block of activations in private memory, as units of the tile multiply-accumulate: row r at
// block + r KS. Rows beyond the matrix and elements beyond k are zero.
//
// A_TYPE is their dtype, A_TRANSPOSED says that they are stored [k, m]. Where the instruction takes a
// as unsigned but it is signed, A_FLIP is 1: 128 is added to every element, and the kernel subtracts
// 128 times the sum of b's column.
#ifndef ASSAY_MATMUL_ACTIVATIONS
#define ASSAY_MATMUL_ACTIVATIONS

#include "tile.cl"

#define KS (KB / K_UNIT + 16)

#if K_UNIT == 1

a_unit a_unit_at(__global const uchar *a, ulong first, ulong stride, int left) {
  return LOAD(A_TYPE)(a, first);
}

#if !A_TRANSPOSED
floatv a_units_at(__global const uchar *a, ulong first) {
  return LOAD_VECTOR_AT(A_TYPE)(a, first);
}
#endif

#elif K_UNIT == 2

a_unit a_unit_at(__global const uchar *a, ulong first, ulong stride, int left) {
  __global const ushort *from = (__global const ushort *)a;
  return (uint)from[first] | (left > 1 ? (uint)from[first + stride] << 16 : 0u);
}

uint16 a_units_at(__global const uchar *a, ulong first) {
  __global const ushort *from = (__global const ushort *)a + first;
  return (uint16)(as_uint8(vload16(0, from)), as_uint8(vload16(1, from)));
}

#else

#if A_FLIP
#define FLIP 0x80808080u
#else
#define FLIP 0u
#endif

a_unit a_unit_at(__global const uchar *a, ulong first, ulong stride, int left) {
  uint unit = a[first];
  if (left > 1) unit |= (uint)a[first + stride] << 8;
  if (left > 2) unit |= (uint)a[first + 2 * stride] << 16;
  if (left > 3) unit |= (uint)a[first + 3 * stride] << 24;
  return unit ^ FLIP;
}

uint16 a_units_at(__global const uchar *a, ulong first) {
  __global const uchar *from = a + first;
  return (uint16)(as_uint4(vload16(0, from)), as_uint4(vload16(1, from)),
                  as_uint4(vload16(2, from)), as_uint4(vload16(3, from))) ^
         FLIP;
}

#endif

// `rows` rows from row0, of which `padded` are filled; `steps` steps of k from step0.
void load_activations(__global const uchar *a, ulong batch, int row0, int rows, int padded,
                      int step0, int steps, int m, int k, a_unit *block) {
  const int units = (steps + K_UNIT - 1) / K_UNIT;
#if A_TRANSPOSED
  for (int u = 0; u < units; ++u) {
    const ulong from = (batch * k + step0 + (ulong)u * K_UNIT) * m + row0;
    for (int r = 0; r < rows; ++r) {
      block[r * KS + u] = a_unit_at(a, from + r, m, steps - u * K_UNIT);
    }
  }
#else
  for (int r = 0; r < rows; ++r) {
    const ulong from = (batch * m + row0 + r) * k + step0;
    a_unit *to = block + r * KS;
    int u = 0;
    for (; (u + VW) * K_UNIT <= steps; u += VW) {
      vstorev(a_units_at(a, from + (ulong)u * K_UNIT), 0, to + u);
    }
    for (; u < units; ++u) {
      to[u] = a_unit_at(a, from + (ulong)u * K_UNIT, 1, steps - u * K_UNIT);
    }
  }
#endif
  for (int r = rows; r < padded; ++r) {
    for (int u = 0; u < units; ++u) block[r * KS + u] = 0;
  }
}

#endif
