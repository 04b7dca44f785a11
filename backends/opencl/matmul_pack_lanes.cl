// Packs weights [n, k] (or [k, n] where not B_TRANSPOSED) into panels, on devices whose work-items are
// lanes: [panels][ceil(k / PIECE)][NR][PIECE] elements, zero beyond the matrix. An item packs one piece:
// of work-groups of PACK_COLUMNS x PACK_PIECES items, neighbours write a panel's neighbours, and read
// neighbours in b whichever way it is stored.
// Global size: all panels' columns, the pieces of k rounded up, batch.
#include "convert.cl"

#if B_TRANSPOSED
#define SOURCE_INDEX(column, step) ((ulong)(column) * k + (step))
#else
#define SOURCE_INDEX(column, step) ((ulong)(step) * n + (column))
#endif

// Where step i of 8 lies in a uint: in order, or as matmul_weights.cl describes.
#if NIBBLES_IN_ORDER
#define NIBBLE_SHIFT(i) ((i) * 4)
#else
#define NIBBLE_SHIFT(i) (((i) >> 1) * 4 + ((i) & 1) * 16)
#endif

// Of this item: its piece in the packed array, counted in pieces.
ulong piece_index(int pieces) {
  const ulong column = get_global_id(0);
  const ulong panel = get_global_id(2) * (get_global_size(0) / NR) + column / NR;
  return (panel * pieces + get_global_id(1)) * NR + column % NR;
}

// Elements of at least 8 bits, moved as they are.
__kernel __attribute__((reqd_work_group_size(PACK_COLUMNS, PACK_PIECES, 1))) void pack_weights(
    __global const ELEMENT *source, __global ELEMENT *packed, int n, int k) {
  const int pieces = (k + PIECE - 1) / PIECE;
  const int piece = (int)get_global_id(1);
  const int column = (int)get_global_id(0);
  if (piece >= pieces) return;
  const ulong out = piece_index(pieces);
#if WHOLE_PIECES
  // Every row of b is whole pieces of 16 bytes.
  ((__global uint4 *)packed)[out] =
      column < n ? ((__global const uint4 *)source)[(get_global_id(2) * n + column) * pieces + piece]
                 : (uint4)(0u);
#else
  const ulong base = get_global_id(2) * n * k;
  for (int i = 0; i < PIECE; ++i) {
    const int step = piece * PIECE + i;
    packed[out * PIECE + i] =
        column < n && step < k ? source[base + SOURCE_INDEX(column, step)] : 0;
  }
#endif
}

// 4-bit elements, PIECE steps in uints of 8.
__kernel __attribute__((reqd_work_group_size(PACK_COLUMNS, PACK_PIECES, 1))) void pack_nibbles(
    __global const uchar *source, __global uint *packed, int n, int k) {
  const int pieces = (k + PIECE - 1) / PIECE;
  const int piece = (int)get_global_id(1);
  const int column = (int)get_global_id(0);
  if (piece >= pieces) return;
  const ulong out = piece_index(pieces) * (PIECE / 8);
  const ulong base = get_global_id(2) * n * k;
  for (int word = 0; word < PIECE / 8; ++word) {
    uint bits = 0;
    for (int i = 0; i < 8; ++i) {
      const int step = piece * PIECE + word * 8 + i;
      if (column >= n || step >= k) continue;
      const uint x = (uint)nibble(source, base + SOURCE_INDEX(column, step));
      bits |= (x ^ NIBBLE_FLIP) << NIBBLE_SHIFT(i);
    }
    packed[out + word] = bits;
  }
}

// 4-bit elements as bytes, where groups end within 8 steps.
__kernel __attribute__((reqd_work_group_size(PACK_COLUMNS, PACK_PIECES, 1))) void spread_nibbles(
    __global const uchar *source, __global uchar *packed, int n, int k) {
  const int pieces = (k + PIECE - 1) / PIECE;
  const int piece = (int)get_global_id(1);
  const int column = (int)get_global_id(0);
  if (piece >= pieces) return;
  const ulong out = piece_index(pieces) * PIECE;
  const ulong base = get_global_id(2) * n * k;
  for (int i = 0; i < PIECE; ++i) {
    const int step = piece * PIECE + i;
    const int x =
        column < n && step < k ? nibble(source, base + SOURCE_INDEX(column, step)) : 0;
    packed[out + i] = (uchar)((x ^ NIBBLE_FLIP) - NIBBLE_FLIP);
  }
}

// Scales [n, groups] of f16 and zero points, as panels [ceil(n / NR)][groups][NR].
// Global size: all panels' columns, groups rounded up, batch.
__kernel __attribute__((reqd_work_group_size(PACK_COLUMNS, PACK_PIECES, 1))) void pack_scales(
    __global const ushort *scale, __global const void *zero, __global ushort *packed_scale,
    __global uchar *packed_zero, int n, int groups) {
  const int group = (int)get_global_id(1);
  const int column = (int)get_global_id(0);
  if (group >= groups) return;
  const ulong out = piece_index(groups);
  const ulong in = (get_global_id(2) * n + column) * groups + group;
  packed_scale[out] = column < n ? scale[in] : 0;
#ifdef ZERO_TYPE
  packed_zero[out] = column < n ? (uchar)LOAD(ZERO_TYPE)(zero, in) : 0;
#endif
}
