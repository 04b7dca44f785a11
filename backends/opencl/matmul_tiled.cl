// Matrix product with local-memory tiles, for devices whose work-items are lanes (GPUs). A
// work-group of 16 x 16 computes TM x TN outputs from the matrices as they are stored, converting
// while it loads; each work-item holds RM x 4 sums, 16 apart, so that neighbours touch neighbours.
// Integers go through float: every FLUSH tiles the sums, still exact there, move to int.
#include "epilogue.cl"

#define TM (16 * RM)
#define TN 64
#define TK 16
#define ITEMS 256
#define RN (TN / 16)
#define FLUSH (256 / TK)

float load_a(__global const void *a, ulong batch, int i, int l, int m, int k) {
  if (i >= m || l >= k) return 0.0f;
#if A_TRANSPOSED
  return LOAD(A_TYPE)(a, (batch * k + l) * m + i);
#else
  return LOAD(A_TYPE)(a, (batch * m + i) * k + l);
#endif
}

float load_b(__global const void *b, __global const void *scale, __global const void *zero,
             ulong batch, int j, int l, int n, int k, int group) {
  if (j >= n || l >= k) return 0.0f;
#if B_TRANSPOSED
  float x = LOAD(B_TYPE)(b, (batch * n + j) * k + l);
#else
  float x = LOAD(B_TYPE)(b, (batch * k + l) * n + j);
#endif
#if GROUPED
  const ulong g = (batch * n + j) * (ulong)(k / group) + l / group;
#ifdef ZERO_TYPE
  x -= LOAD(ZERO_TYPE)(zero, g);
#endif
  x *= LOAD(f16)(scale, g);
#endif
  return x;
}

// Global size: 16 ceil(n / TN), 16 ceil(m / TM), batch.
__kernel __attribute__((reqd_work_group_size(16, 16, 1))) void matmul_tiled(
    __global const void *a, __global const void *b, __global const float *a_scale,
    __global const float *b_scale, __global const void *group_scale,
    __global const void *group_zero, __global const float *bias, __global void *out, int m, int n,
    int k, int group) {
  __local float as[TK][TM + 1];
  __local float bs[TK][TN + 1];
  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * 16 + x;
  const int column0 = (int)get_group_id(0) * TN;
  const int row0 = (int)get_group_id(1) * TM;
  const ulong batch = get_global_id(2);

  float c[RM][RN];
  for (int r = 0; r < RM; ++r) {
    for (int s = 0; s < RN; ++s) c[r][s] = 0.0f;
  }
#if INTEGER
  int whole[RM][RN];
  for (int r = 0; r < RM; ++r) {
    for (int s = 0; s < RN; ++s) whole[r][s] = 0;
  }
  int until_flush = FLUSH;
#endif

  for (int step = 0; step < k; step += TK) {
    // Consecutive work-items read consecutive elements of the matrix as it is stored.
    for (int e = item; e < TM * TK; e += ITEMS) {
#if A_TRANSPOSED
      const int i = e % TM, l = e / TM;
#else
      const int i = e / TK, l = e % TK;
#endif
      as[l][i] = load_a(a, batch, row0 + i, step + l, m, k);
    }
    for (int e = item; e < TN * TK; e += ITEMS) {
#if B_TRANSPOSED
      const int j = e / TK, l = e % TK;
#else
      const int j = e % TN, l = e / TN;
#endif
      bs[l][j] = load_b(b, group_scale, group_zero, batch, column0 + j, step + l, n, k, group);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int l = 0; l < TK; ++l) {
      float av[RM], bv[RN];
      for (int r = 0; r < RM; ++r) av[r] = as[l][y + 16 * r];
      for (int s = 0; s < RN; ++s) bv[s] = bs[l][x + 16 * s];
      for (int r = 0; r < RM; ++r) {
        for (int s = 0; s < RN; ++s) c[r][s] = MULTIPLY_ADD(av[r], bv[s], c[r][s]);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#if INTEGER
    if (--until_flush == 0 || step + TK >= k) {
      until_flush = FLUSH;
      for (int r = 0; r < RM; ++r) {
        for (int s = 0; s < RN; ++s) {
          whole[r][s] += (int)c[r][s];
          c[r][s] = 0.0f;
        }
      }
    }
#endif
  }

  for (int r = 0; r < RM; ++r) {
    const int i = row0 + y + 16 * r;
    for (int s = 0; s < RN; ++s) {
      const int j = column0 + x + 16 * s;
      if (i < m && j < n) {
#if INTEGER
        const sum_t sum = whole[r][s];
#else
        const sum_t sum = c[r][s];
#endif
        finish(sum, a_scale, b_scale, bias, out, batch, batch * n + j, (batch * m + i) * n + j);
      }
    }
  }
}
