// Packs weights [n, k] (or [k, n] where not TRANSPOSED_B, as layouts nn and tn store them) into panels
// as matmul_weights.cl wants them. One work-item packs CHUNK steps of k of one panel, so that its
// strided writes stay in the nearest cache. CHUNK is a multiple of 8.
// Global size: panels, ceil(k / CHUNK), batch.
#include "convert.cl"

#if B_TRANSPOSED
#define SOURCE_INDEX(row, step) ((ulong)(row) * k + (step))
#else
#define SOURCE_INDEX(row, step) ((ulong)(step) * n + (row))
#endif

// Elements of at least 8 bits, moved as they are.
__kernel void pack_weights(__global const ELEMENT *source, __global ELEMENT *packed, int n, int k) {
  const int panel = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * CHUNK;
  const int padded = (k + B_UNIT - 1) / B_UNIT * B_UNIT;
  const int last = min(first + CHUNK, padded);
  const ulong batch = get_global_id(2);
  const ulong base = batch * n * k;
  __global ELEMENT *out = packed + (batch * get_global_size(0) + panel) * (ulong)padded * NR;
  for (int r = 0; r < NR; ++r) {
    const int row = panel * NR + r;
    for (int step = first; step < last; ++step) {
      out[((ulong)(step / B_UNIT) * NR + r) * B_UNIT + step % B_UNIT] =
          row < n && step < k ? source[base + SOURCE_INDEX(row, step)] : 0;
    }
  }
}

// 4-bit elements, 8 steps of a column in a uint.
__kernel void pack_nibbles(__global const uchar *source, __global uint *packed, int n, int k) {
  const int panel = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * CHUNK / 8;
  const int words = (k + 7) / 8;
  const int last = min(first + CHUNK / 8, words);
  const ulong batch = get_global_id(2);
  const ulong base = batch * n * k;
  __global uint *out = packed + (batch * get_global_size(0) + panel) * (ulong)words * NR;
  for (int r = 0; r < NR; ++r) {
    const int row = panel * NR + r;
    for (int word = first; word < last; ++word) {
      uint bits = 0;
      for (int i = 0; i < 8 && row < n && word * 8 + i < k; ++i) {
        const uint x = (uint)nibble(source, base + SOURCE_INDEX(row, word * 8 + i));
        bits |= (x ^ NIBBLE_FLIP) << ((i >> 1) * 4 + (i & 1) * 16);
      }
      out[(ulong)word * NR + r] = bits;
    }
  }
}

// 4-bit elements as bytes, where groups end within 8 steps.
__kernel void spread_nibbles(__global const uchar *source, __global uchar *packed, int n, int k) {
  const int panel = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * CHUNK;
  const int last = min(first + CHUNK, k);
  const ulong batch = get_global_id(2);
  const ulong base = batch * n * k;
  __global uchar *out = packed + (batch * get_global_size(0) + panel) * (ulong)k * NR;
  for (int r = 0; r < NR; ++r) {
    const int row = panel * NR + r;
    for (int step = first; step < last; ++step) {
      const int x = row < n ? nibble(source, base + SOURCE_INDEX(row, step)) : NIBBLE_FLIP;
      out[(ulong)step * NR + r] = (uchar)((x ^ NIBBLE_FLIP) - NIBBLE_FLIP);
    }
  }
}

// Sums of the packed columns of s8, [panels][k / 4][NR][4] -> [panels][NR].
// Global size: panels, 1, batch.
__kernel void sum_columns(__global const char *packed, __global int *sums, int k) {
  const ulong panel = get_global_id(2) * get_global_size(0) + get_global_id(0);
  const int units = (k + 3) / 4;
  __global const char *in = packed + panel * units * NR * 4;
  int sum[NR];
  for (int r = 0; r < NR; ++r) sum[r] = 0;
  for (int unit = 0; unit < units; ++unit) {
    for (int r = 0; r < NR; ++r) {
      const char4 x = vload4((ulong)unit * NR + r, in);
      sum[r] += x.x + x.y + x.z + x.w;
    }
  }
  for (int r = 0; r < NR; ++r) sums[panel * NR + r] = sum[r];
}

// Scales [n, groups] of f16 and zero points, as panels [ceil(n / NR)][groups][NR].
// Global size: panels, groups, batch.
__kernel void pack_scales(__global const ushort *scale, __global const void *zero,
                          __global ushort *packed_scale, __global uchar *packed_zero, int n) {
  const int panel = (int)get_global_id(0);
  const ulong group = get_global_id(1);
  const ulong groups = get_global_size(1);
  const ulong batch = get_global_id(2);
  const ulong out = ((batch * get_global_size(0) + panel) * groups + group) * NR;
  for (int r = 0; r < NR; ++r) {
    const int row = panel * NR + r;
    const ulong in = (batch * n + row) * groups + group;
    packed_scale[out + r] = row < n ? scale[in] : 0;
#ifdef ZERO_TYPE
    packed_zero[out + r] = row < n ? (uchar)LOAD(ZERO_TYPE)(zero, in) : 0;
#endif
  }
}
