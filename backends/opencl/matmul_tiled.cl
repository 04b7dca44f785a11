// Matrix product with local-memory tiles, for devices whose work-items are lanes (GPUs). A work-group
// of (TN / RN) x (TM / RM) work-items computes TM x TN outputs, TK units of k at a time, from two
// buffers in turn: while one is multiplied, the next is on its way to registers. Each work-item holds
// RM x RN sums in squares of 4 x 4 that lie TM / (RM / 4) apart, so that neighbours read neighbours.
// TN is NR, the width of b's panels. A_WIDE: four units along k are read together; k is a multiple.
//
// Integers without an instruction for them go through float: every FLUSH tiles the sums, still exact
// there, move to int.
#include "epilogue.cl"
#include "matmul_lane_loads.cl"

#define ITEMS ((TM / RM) * (TN / RN))
// Rows of the tile are stored from items that hold neighbours along k: without room between, they
// would meet in the same bank.
#define A_STRIDE (TM + 4)
#define BLOCKED (TN / RN % 8 == 0 && TM / RM % 4 == 0)
#define A_EACH (TM * TK / ITEMS)
#define B_EACH (TN * TK / ITEMS)
#define FLUSH (256 / TK)
#define VIA_FLOAT (INTEGER && !TILE_INTEGER)

// Global size: (TN / RN) panels, (TM / RM) ceil(m / TM), batch x splits; arguments as for
// matmul_packed, whose blocks mean nothing here.
__kernel __attribute__((reqd_work_group_size(TN / RN, TM / RM, 1))) void matmul_tiled(
    __global const uchar *a, __global const uchar *b, __global const int *column_sum,
    __global const float *a_scale, __global const float *b_scale,
    __global const uchar *group_scale, __global const uchar *group_zero,
    __global const float *bias, __global void *out, int m, int n, int k, int group, int row_block,
    int column_block, int k_part, int batches) {
  __local __attribute__((aligned(16))) unit_scalar as[2][TK][A_STRIDE];
  __local __attribute__((aligned(16))) unit_scalar bs[2][TK][TN];
  const int item = (int)get_local_id(1) * (TN / RN) + (int)get_local_id(0);
#if BLOCKED
  // 32 neighbours as a block of 8 x 4, which reads fewer different elements than a line.
  const int x = item / 32 % (TN / RN / 8) * 8 + item % 8;
  const int y = item / 32 / (TN / RN / 8) * 4 + item % 32 / 8;
#else
  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
#endif
  const int column0 = (int)get_group_id(0) * TN;
  const int row0 = (int)get_group_id(1) * TM;
  const int split = (int)get_global_id(2) / batches;
  const ulong batch = get_global_id(2) % batches;
  const ulong panel = batch * ((n + TN - 1) / TN) + get_group_id(0);
  __global const uchar *weights = b + panel * PANEL_BYTES(k);
#if GROUPED
  const ulong first_scale = panel * (k / group) * NR;
  __global const uchar *scale = group_scale + 2 * first_scale;
  __global const uchar *zero = group_zero + first_scale;
#else
  __global const uchar *scale = group_scale;
  __global const uchar *zero = group_zero;
#endif
  const int first = split * k_part / K_UNIT;
  const int end = (min(k, (split + 1) * k_part) + K_UNIT - 1) / K_UNIT;

  c_unit c[RM][RN];
#pragma unroll
  for (int r = 0; r < RM; ++r) {
#pragma unroll
    for (int s = 0; s < RN; ++s) c[r][s] = 0;
  }
#if VIA_FLOAT
  int whole[RM][RN];
#pragma unroll
  for (int r = 0; r < RM; ++r) {
#pragma unroll
    for (int s = 0; s < RN; ++s) whole[r][s] = 0;
  }
  int until_flush = FLUSH;
#endif

  unit_scalar next_a[A_EACH], next_b[B_EACH];
  int buffer = 0;
  for (int unit = first - TK; unit < end; unit += TK) {
    // The next tile, in an order in which consecutive work-items read consecutive elements.
    if (unit + TK < end) {
#if A_WIDE
#pragma unroll
      for (int e = 0; e < A_EACH / 4; ++e) {
        const int at = e * ITEMS + item;
        const int u = unit + TK + at % (TK / 4) * 4;
        const unit_quad x =
            u < end ? lane_a_quad(a, batch, row0 + at / (TK / 4), u, m, k) : (unit_quad)(0);
        vstore4(x, e, next_a);
      }
#else
#pragma unroll
      for (int e = 0; e < A_EACH; ++e) {
        const int at = e * ITEMS + item;
#if A_TRANSPOSED
        const int i = at % TM, l = at / TM;
#else
        const int i = at / TK, l = at % TK;
#endif
        const int u = unit + TK + l;
        next_a[e] = u < end ? lane_a(a, batch, row0 + i, u, m, k) : 0;
      }
#endif
#pragma unroll
      for (int e = 0; e < B_EACH / 4; ++e) {
        const int at = e * ITEMS + item;
        const int u = unit + TK + at / (TN / 4);
        const unit_quad x = u < end ? lane_b_quad(weights, scale, zero, at % (TN / 4) * 4, u, group)
                                    : (unit_quad)(0);
        vstore4(x, e, next_b);
      }
    }
    if (unit >= first) {
#pragma unroll 8
      for (int l = 0; l < TK; ++l) {
        unit_scalar av[RM], bv[RN];
#pragma unroll
        for (int r = 0; r < RM; r += 4) {
          vstore4(*(__local const unit_quad *)&as[buffer][l][r / 4 * (TM / (RM / 4)) + y * 4], 0,
                  av + r);
        }
#pragma unroll
        for (int s = 0; s < RN; s += 4) {
          vstore4(*(__local const unit_quad *)&bs[buffer][l][s / 4 * (TN / (RN / 4)) + x * 4], 0,
                  bv + s);
        }
#pragma unroll
        for (int r = 0; r < RM; ++r) {
#pragma unroll
          for (int s = 0; s < RN; ++s) c[r][s] = multiply_accumulate(c[r][s], av[r], bv[s]);
        }
      }
#if VIA_FLOAT
      if (--until_flush == 0 || unit + TK >= end) {
        until_flush = FLUSH;
#pragma unroll
        for (int r = 0; r < RM; ++r) {
#pragma unroll
          for (int s = 0; s < RN; ++s) {
            whole[r][s] += (int)c[r][s];
            c[r][s] = 0.0f;
          }
        }
      }
#endif
    }
    if (unit + TK < end) {
      buffer ^= 1;
#if A_WIDE
#pragma unroll
      for (int e = 0; e < A_EACH; ++e) {
        const int at = e / 4 * ITEMS + item;
        as[buffer][at % (TK / 4) * 4 + e % 4][at / (TK / 4)] = next_a[e];
      }
#else
#pragma unroll
      for (int e = 0; e < A_EACH; ++e) {
        const int at = e * ITEMS + item;
#if A_TRANSPOSED
        as[buffer][at / TM][at % TM] = next_a[e];
#else
        as[buffer][at % TK][at / TK] = next_a[e];
#endif
      }
#endif
#pragma unroll
      for (int e = 0; e < B_EACH / 4; ++e) {
        const int at = e * ITEMS + item;
        *(__local unit_quad *)&bs[buffer][at / (TN / 4)][at % (TN / 4) * 4] = vload4(e, next_b);
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }

#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#endif
#pragma unroll
  for (int r = 0; r < RM; ++r) {
    const int i = row0 + r / 4 * (TM / (RM / 4)) + y * 4 + r % 4;
#pragma unroll
    for (int s = 0; s < RN; ++s) {
      const int within = s / 4 * (TN / (RN / 4)) + x * 4 + s % 4;
      const int j = column0 + within;
      if (i >= m || j >= n) continue;
#if VIA_FLOAT
      sum_t sum = whole[r][s];
#else
      sum_t sum = c[r][s];
#endif
#if A_FLIP
      if (split == 0) sum -= 128 * column_sum[panel * NR + within];
#endif
      const ulong index = (batch * m + i) * n + j;
#if SPLITS
      partial[index] = sum;
#else
      finish(sum, a_scale, b_scale, bias, out, batch, batch * n + j, index);
#endif
    }
  }
}
