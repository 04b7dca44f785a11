// Matrix product over packed panels, for devices whose work-items are threads with vector registers
// (CPUs). A work-group is one work-item that computes row_block x column_block outputs (up to MB x
// NB), K_BLOCK steps of k at a time, tile by tile of MR x 2 VW held in registers. No local memory, no
// barriers.
//
// a: [batch][ceil(m / MR)][k][MR] floats; b: [batch][ceil(n / NR)][k][NR] of B_TYPE, NR = 2 VW.
// Integers go through float: K_BLOCK is small enough for every partial sum to be exact there, and
// blocks are added up as int.
// GROUPED: weights of B_TYPE with one scale (and zero point) per column and `group` steps of k.
#include "epilogue.cl"
#include "vector.cl"

#define NR (2 * VW)
#define B_STEP (NR * B_BITS / 8)

// One step of a panel of b: NR columns in two vectors.
void load_step(__global const uchar *b, floatv *low, floatv *high) {
#if B_BITS == 4
  const CAT(uchar, VW) bytes = vloadv(0, b);
#if B_SIGNED
  *low = convert_floatv(as_charv((bytes & (uchar)15) ^ (uchar)8)) - 8.0f;
  *high = convert_floatv(as_charv((bytes >> (uchar)4) ^ (uchar)8)) - 8.0f;
#else
  *low = convert_floatv(bytes & (uchar)15);
  *high = convert_floatv(bytes >> (uchar)4);
#endif
#else
  *low = LOAD_VECTOR(B_TYPE)(b, 0);
  *high = LOAD_VECTOR(B_TYPE)(b, 1);
#endif
}

// Adds `steps` steps of k to the tile at c (row stride NB), or starts it where `start`.
// `scale` and `zero` are those of the panel's first group; `offset` is the first step's place in k.
void multiply_tile(__global const float *a, __global const uchar *b, __global const uchar *scale,
                   __global const uchar *zero, int offset, int group, int steps, int start,
                   sum_t *c) {
  floatv low[MR], high[MR];
#pragma unroll
  for (int r = 0; r < MR; ++r) low[r] = high[r] = (floatv)(0.0f);
#if GROUPED
  int left = 0;
  floatv low_scale, high_scale, low_zero, high_zero;
#endif
  for (int step = 0; step < steps; ++step) {
    floatv x, y;
    load_step(b, &x, &y);
#if GROUPED
    if (left == 0) {
      const int g = (offset + step) / group;
      left = (g + 1) * group - offset - step;
      low_scale = LOAD_VECTOR(f16)(scale, 2 * (ulong)g);
      high_scale = LOAD_VECTOR(f16)(scale, 2 * (ulong)g + 1);
#ifdef ZERO_TYPE
      low_zero = LOAD_VECTOR(u8)(zero, 2 * (ulong)g);
      high_zero = LOAD_VECTOR(u8)(zero, 2 * (ulong)g + 1);
#else
      low_zero = high_zero = (floatv)(0.0f);
#endif
    }
    --left;
    x = (x - low_zero) * low_scale;
    y = (y - high_zero) * high_scale;
#endif
#pragma unroll
    for (int r = 0; r < MR; ++r) {
      const floatv w = (floatv)(a[r]);
      low[r] = MULTIPLY_ADD(w, x, low[r]);
      high[r] = MULTIPLY_ADD(w, y, high[r]);
    }
    a += MR;
    b += B_STEP;
  }
#pragma unroll
  for (int r = 0; r < MR; ++r) {
    sum_t *row = c + r * NB;
#if INTEGER
    const intv x = convert_intv(low[r]);
    const intv y = convert_intv(high[r]);
#else
    const floatv x = low[r];
    const floatv y = high[r];
#endif
    vstorev(start ? x : vloadv(0, row) + x, 0, row);
    vstorev(start ? y : vloadv(1, row) + y, 1, row);
  }
}

// Global size: ceil(n / column_block), ceil(m / row_block), batch.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void matmul_packed(
    __global const float *a, __global const uchar *b, __global const float *a_scale,
    __global const float *b_scale, __global const uchar *group_scale,
    __global const uchar *group_zero, __global const float *bias, __global void *out, int m, int n,
    int k, int group, int row_block, int column_block) {
  const int column0 = (int)get_global_id(0) * column_block;
  const int row0 = (int)get_global_id(1) * row_block;
  const ulong batch = get_global_id(2);
  const int rows = min(row_block, m - row0);
  const int columns = min(column_block, n - column0);
  const ulong a_panel = batch * ((m + MR - 1) / MR) + row0 / MR;
  const ulong b_panel = batch * ((n + NR - 1) / NR) + column0 / NR;
#if GROUPED
  const ulong groups = k / group;
#else
  const ulong groups = 0;
#endif

  sum_t c[MB * NB];
  for (int step = 0; step < k; step += K_BLOCK) {
    const int steps = min(K_BLOCK, k - step);
    for (int j = 0; j < columns; j += NR) {
      const ulong panel = b_panel + j / NR;
      const ulong first_scale = panel * groups * NR;
      for (int i = 0; i < rows; i += MR) {
        multiply_tile(a + ((a_panel + i / MR) * k + step) * MR,
                      b + (panel * k + step) * B_STEP, group_scale + 2 * first_scale,
                      group_zero + first_scale, step, group, steps, step == 0, c + i * NB + j);
      }
    }
  }

  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      const ulong column = batch * n + column0 + j;
      const ulong index = (batch * m + row0 + i) * n + column0 + j;
      finish(c[i * NB + j], a_scale, b_scale, bias, out, batch, column, index);
    }
  }
}
