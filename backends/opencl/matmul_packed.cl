// Matrix product over packed weights, for devices whose work-items are threads with vector registers
// (CPUs). A work-group is one work-item that computes row_block x column_block outputs (up to MB x
// NB), KB steps of k at a time, tile by tile of MR x NV vectors held in registers. No local memory,
// no barriers. Activations are converted block by block on the way; so are weights that aren't units
// of the instruction yet (UNPACK), and else read in place.
//
// The third global size is batch x splits: each split of k_part steps writes its sums to `out` as
// [split][batch][m][n], and finish_splits adds them up.
// Integers without an instruction for them go through float: KB is small enough there for every
// partial sum to be exact, and blocks are added up as int.
#include "epilogue.cl"
#include "matmul_activations.cl"
#include "matmul_weights.cl"

#if UNPACK
#define B_SPACE
typedef b_unit stored_unit;
#define LOAD_WEIGHTS(b, v) ((b)[v])
#define B_STEP NV
#else
#define B_SPACE __global
typedef uchar stored_unit;
#define LOAD_WEIGHTS(b, v) load_weights(b, v)
#define B_STEP (NR * B_UNIT * B_BYTES)
#endif

// Sums that few rows spread over, so that one multiply-add needn't wait for the one before.
#define CHAINS (MR * NV <= 2 ? 4 : MR * NV <= 4 ? 2 : 1)

// Weights come from memory once for each block of rows: what the next panel needs is asked for while
// the tiles of this one are multiplied, into the second-level cache. The language has no word for that
// which compilers heed; elsewhere than on x86 the device's own guess must do.
#define LINE 64
#if defined(__x86_64__)
#define ASK_AHEAD(p) __asm__ volatile("prefetcht1 (%0)" : : "r"(p))
#else
#define ASK_AHEAD(p)
#endif

#if INTEGER && !TILE_INTEGER
typedef intv sum_unit;
#define SUM_UNIT(c) convert_intv(c)
#else
typedef c_unit sum_unit;
#define SUM_UNIT(c) (c)
#endif

void store_tile(c_unit sums[CHAINS][MR][NV], int start, sum_t *c) {
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int v = 0; v < NV; ++v) {
      sum_unit sum = SUM_UNIT(sums[0][r][v]);
#pragma unroll
      for (int chain = 1; chain < CHAINS; ++chain) sum += SUM_UNIT(sums[chain][r][v]);
      sum_t *at = c + r * NB + v * VW;
      vstorev(start ? sum : vloadv(0, at) + sum, 0, at);
    }
  }
}

// Adds `units` units of k to the tile at c (row stride NB), or starts it where `start`. Meanwhile asks
// for a line of `next` every `period` units.
void multiply_tile(const a_unit *a, B_SPACE const stored_unit *b, int units, int start, sum_t *c,
                   __global const uchar *next, int period) {
  c_unit sums[CHAINS][MR][NV];
#pragma unroll
  for (int i = 0; i < CHAINS; ++i) {
#pragma unroll
    for (int r = 0; r < MR; ++r) {
#pragma unroll
      for (int v = 0; v < NV; ++v) sums[i][r][v] = (c_unit)(0);
    }
  }
  int unit = 0;
  while (unit + CHAINS <= units) {
    const int stop = min(unit + period, units / CHAINS * CHAINS);
    ASK_AHEAD(next);
    next += LINE;
    for (; unit < stop; unit += CHAINS) {
#pragma unroll
      for (int chain = 0; chain < CHAINS; ++chain) {
        b_unit x[NV];
#pragma unroll
        for (int v = 0; v < NV; ++v) x[v] = LOAD_WEIGHTS(b, v);
#pragma unroll
        for (int r = 0; r < MR; ++r) {
          const a_unit w = a[r * KS + unit + chain];
#pragma unroll
          for (int v = 0; v < NV; ++v) {
            sums[chain][r][v] = multiply_accumulate(sums[chain][r][v], w, x[v]);
          }
        }
        b += B_STEP;
      }
    }
  }
  for (; unit < units; ++unit) {
#pragma unroll
    for (int r = 0; r < MR; ++r) {
#pragma unroll
      for (int v = 0; v < NV; ++v) {
        sums[0][r][v] =
            multiply_accumulate(sums[0][r][v], a[r * KS + unit], LOAD_WEIGHTS(b, v));
      }
    }
    b += B_STEP;
  }
  store_tile(sums, start, c);
}

// Global size: ceil(n / column_block), ceil(m / row_block), batch x splits. `column_sum` holds, where
// A_FLIP, the sums of b's columns: [batch][panels][NR].
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void matmul_packed(
    __global const uchar *a, __global const uchar *b, __global const int *column_sum,
    __global const float *a_scale, __global const float *b_scale,
    __global const uchar *group_scale, __global const uchar *group_zero,
    __global const float *bias, __global void *out, int m, int n, int k, int group, int row_block,
    int column_block, int k_part, int batches) {
  const int column0 = (int)get_global_id(0) * column_block;
  const int row0 = (int)get_global_id(1) * row_block;
  const int split = (int)get_global_id(2) / batches;
  const ulong batch = get_global_id(2) % batches;
  const int rows = min(row_block, m - row0);
  const int padded = (rows + MR - 1) / MR * MR;
  const int columns = min(column_block, n - column0);
  const ulong first_panel = batch * ((n + NR - 1) / NR) + column0 / NR;
  const int end = min(k, (split + 1) * k_part);

  a_unit a_block[MB * KS];
#if UNPACK
  b_unit b_block[KB / K_UNIT * NV];
#endif
  sum_t c[MB * NB];
  for (int step = split * k_part; step < end; step += KB) {
    const int steps = min(KB, end - step);
    const int units = (steps + K_UNIT - 1) / K_UNIT;
    const int start = step == split * k_part;
    load_activations(a, batch, row0, rows, padded, step, steps, m, k, a_block);
    for (int j = 0; j < columns; j += NR) {
      const ulong panel = first_panel + j / NR;
      __global const uchar *weights = b + panel * PANEL_BYTES(k);
#if GROUPED
      const ulong first_scale = panel * (k / group) * NR;
      dequantise(weights, group_scale + 2 * first_scale, group_zero + first_scale, step, steps,
                 group, b_block);
#elif UNPACK
      for (int i = 0; i < steps * NV; ++i) {
        b_block[i] = load_weights(weights, step * NV + i);
      }
#endif
#if UNPACK
      for (int i = 0; i < rows; i += MR) {
        multiply_tile(a_block + i * KS, b_block, units, start, c + i * NB + j, b, units);
      }
#else
      weights += (ulong)(step / B_UNIT) * B_STEP;
      // The panel beside it, at last the first one's next steps.
      const int last = j + NR >= columns;
      __global const uchar *next =
          last ? b + first_panel * PANEL_BYTES(k) + (ulong)((step + KB) / B_UNIT) * B_STEP
               : weights + PANEL_BYTES(k);
      const int tiles = padded / MR;
      const int lines = units * B_STEP / LINE;
      const int per_tile = max((lines + tiles - 1) / tiles, 1);
      const int period = (max(units / per_tile, 1) + CHAINS - 1) / CHAINS * CHAINS;
      for (int i = 0; i < rows; i += MR) {
        multiply_tile(a_block + i * KS, weights, units, start, c + i * NB + j,
                      next + i / MR * per_tile * LINE, period);
      }
#endif
    }
  }

#if A_FLIP
  if (split == 0) {
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) {
        c[i * NB + j] -= 128 * column_sum[first_panel * NR + j];
      }
    }
  }
#endif
#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#endif
  for (int i = 0; i < rows; ++i) {
    const ulong index = (batch * m + row0 + i) * n + column0;
    for (int j = 0; j < columns; ++j) {
#if SPLITS
      partial[index + j] = c[i * NB + j];
#else
      finish(c[i * NB + j], a_scale, b_scale, bias, out, batch, batch * n + column0 + j, index + j);
#endif
    }
  }
}
