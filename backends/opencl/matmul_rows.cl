// Matrix product with few rows (up to MR), for devices whose work-items are lanes: bound by reading
// the weights. A work-group of LANES x SLICES computes NR = LANES columns, each work-item one column
// over every SLICES-th unit of k; the slices meet in local memory.
#include "epilogue.cl"
#include "matmul_lane_loads.cl"

// Integers without an instruction for them go through float, FLUSH units at a time: exact there.
#define FLUSH 256
#define VIA_FLOAT (INTEGER && !TILE_INTEGER)

// Global size: LANES panels, SLICES, batch x splits; arguments as for matmul_packed,
// whose blocks mean nothing here.
__kernel __attribute__((reqd_work_group_size(NR, SLICES, 1))) void matmul_rows(
    __global const uchar *a, __global const uchar *b, __global const int *column_sum,
    __global const float *a_scale, __global const float *b_scale,
    __global const uchar *group_scale, __global const uchar *group_zero,
    __global const float *bias, __global void *out, int m, int n, int k, int group, int row_block,
    int column_block, int k_part, int batches) {
  __local sum_t partial_sums[SLICES][NR];
  const int lane = (int)get_local_id(0);
  const int slice = (int)get_local_id(1);
  const int column = (int)get_group_id(0) * NR + lane;
  const int split = (int)get_global_id(2) / batches;
  const ulong batch = get_global_id(2) % batches;
  const ulong panel = batch * ((n + NR - 1) / NR) + get_group_id(0);
  __global const uchar *weights = b + panel * PANEL_BYTES(k);
#if GROUPED
  const ulong first_scale = panel * (k / group) * NR;
  __global const uchar *scale = group_scale + 2 * first_scale;
  __global const uchar *zero = group_zero + first_scale;
#else
  __global const uchar *scale = group_scale;
  __global const uchar *zero = group_zero;
#endif
  const int end = (min(k, (split + 1) * k_part) + K_UNIT - 1) / K_UNIT;

  sum_t sums[MR];
  c_unit c[MR];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
    sums[r] = 0;
    c[r] = 0;
  }
#if VIA_FLOAT
  int until_flush = FLUSH;
#endif
  for (int unit = split * k_part / K_UNIT + slice; unit < end; unit += SLICES) {
    const b_unit x = lane_b(weights, scale, zero, lane, unit, group);
#pragma unroll
    for (int r = 0; r < MR; ++r) {
      c[r] = multiply_accumulate(c[r], lane_a(a, batch, r, unit, m, k), x);
    }
#if VIA_FLOAT
    if (--until_flush == 0) {
      until_flush = FLUSH;
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        sums[r] += (int)c[r];
        c[r] = 0;
      }
    }
#endif
  }
#pragma unroll
  for (int r = 0; r < MR; ++r) sums[r] += (sum_t)c[r];

#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#endif
  for (int r = 0; r < MR; ++r) {
    partial_sums[slice][lane] = sums[r];
    barrier(CLK_LOCAL_MEM_FENCE);
    if (slice == 0 && r < m && column < n) {
      sum_t sum = 0;
      for (int i = 0; i < SLICES; ++i) sum += partial_sums[i][lane];
#if A_FLIP
      if (split == 0) sum -= 128 * column_sum[panel * NR + lane];
#endif
      const ulong index = (batch * m + r) * n + column;
#if SPLITS
      partial[index] = sum;
#else
      finish(sum, a_scale, b_scale, bias, out, batch, batch * n + column, index);
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
