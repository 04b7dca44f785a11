// Packs a matrix [rows, k] (or [k, rows] where TRANSPOSED) into panels of WIDTH rows, k-major:
// [batch][ceil(rows / WIDTH)][k][WIDTH], rows beyond the last being zero. One work-item packs CHUNK
// steps of k of one panel, so that its strided writes stay in the nearest cache.
// Global size: panels, ceil(k / CHUNK), batch.
#include "convert.cl"

#if TRANSPOSED
#define SOURCE_INDEX(row, step) ((ulong)(step) * rows + (row))
#else
#define SOURCE_INDEX(row, step) ((ulong)(row) * k + (step))
#endif

// Activations: converted to float.
__kernel void pack_activations(__global const void *source, __global float *packed, int rows,
                               int k) {
  const int panel = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * CHUNK;
  const int last = min(first + CHUNK, k);
  const ulong batch = get_global_id(2);
  const ulong base = batch * rows * k;
  __global float *out = packed + (batch * get_global_size(0) + panel) * (ulong)k * WIDTH;
  for (int r = 0; r < WIDTH; ++r) {
    const int row = panel * WIDTH + r;
    for (int step = first; step < last; ++step) {
      out[(ulong)step * WIDTH + r] =
          row < rows ? LOAD(IN_TYPE)(source, base + SOURCE_INDEX(row, step)) : 0.0f;
    }
  }
}

// Weights of at least 8 bits: moved as they are.
__kernel void pack_weights(__global const ELEMENT *source, __global ELEMENT *packed, int rows,
                           int k) {
  const int panel = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * CHUNK;
  const int last = min(first + CHUNK, k);
  const ulong batch = get_global_id(2);
  const ulong base = batch * rows * k;
  __global ELEMENT *out = packed + (batch * get_global_size(0) + panel) * (ulong)k * WIDTH;
  for (int r = 0; r < WIDTH; ++r) {
    const int row = panel * WIDTH + r;
    for (int step = first; step < last; ++step) {
      out[(ulong)step * WIDTH + r] = row < rows ? source[base + SOURCE_INDEX(row, step)] : 0;
    }
  }
}

// 4-bit weights: row r of the panel's first half in the low nibble of byte r, row WIDTH / 2 + r in
// the high one.
__kernel void pack_nibbles(__global const uchar *source, __global uchar *packed, int rows, int k) {
  const int panel = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * CHUNK;
  const int last = min(first + CHUNK, k);
  const ulong batch = get_global_id(2);
  const ulong base = batch * rows * k;
  __global uchar *out = packed + (batch * get_global_size(0) + panel) * (ulong)k * (WIDTH / 2);
  for (int r = 0; r < WIDTH / 2; ++r) {
    const int low = panel * WIDTH + r;
    const int high = low + WIDTH / 2;
    for (int step = first; step < last; ++step) {
      const int x = low < rows ? nibble(source, base + SOURCE_INDEX(low, step)) : 0;
      const int y = high < rows ? nibble(source, base + SOURCE_INDEX(high, step)) : 0;
      out[(ulong)step * (WIDTH / 2) + r] = (uchar)(x | (y << 4));
    }
  }
}

// Scales [rows, groups] of f16 and zero points, as panels [ceil(rows / WIDTH)][groups][WIDTH].
// Global size: panels, groups, batch.
__kernel void pack_scales(__global const ushort *scale, __global const void *zero,
                          __global ushort *packed_scale, __global uchar *packed_zero, int rows) {
  const int panel = (int)get_global_id(0);
  const ulong group = get_global_id(1);
  const ulong groups = get_global_size(1);
  const ulong batch = get_global_id(2);
  const ulong out = ((batch * get_global_size(0) + panel) * groups + group) * WIDTH;
  for (int r = 0; r < WIDTH; ++r) {
    const int row = panel * WIDTH + r;
    const ulong in = (batch * rows + row) * groups + group;
    packed_scale[out + r] = row < rows ? scale[in] : 0;
#ifdef ZERO_TYPE
    packed_zero[out + r] = row < rows ? (uchar)LOAD(ZERO_TYPE)(zero, in) : 0;
#endif
  }
}
