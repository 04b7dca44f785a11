// Flash attention (online softmax over blocks of keys) for devices whose work-items are threads with
// vector registers (CPUs). A work-group is one work-item with `block` rows (up to BR); keys come in
// blocks of KB from panels that attention_pack.cl made, and every product runs over tiles of MR x NR
// sums held in registers. No local memory, no barriers, no score matrix beyond one tile.
// NR is NV vectors; KB is a multiple of NR, `block` and BR are multiples of MR.
#include "attention_pack.cl"
#include "softmax.cl"

// sums[r][0..count vectors) (row stride `stride`) = or += a[r] b, MR rows of `steps` units; b's rows
// are b_stride units apart.
__attribute__((always_inline)) void multiply_tile(const a_unit *a, int a_stride,
                                                  __global const a_unit *b, int b_stride,
                                                  int steps, bool add, int count, float *sums,
                                                  int stride) {
  floatv c[MR][NV];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int v = 0; v < NV; ++v) {
      if (v < count) c[r][v] = add ? vloadv(v, sums + r * stride) : (floatv)(0.0f);
    }
  }
  for (int step = 0; step < steps; ++step) {
    b_unit x[NV];
#pragma unroll
    for (int v = 0; v < NV; ++v) {
      if (v < count) x[v] = vloadv(v, b + (long)step * b_stride);
    }
#pragma unroll
    for (int r = 0; r < MR; ++r) {
      const a_unit w = a[r * a_stride + step];
#pragma unroll
      for (int v = 0; v < NV; ++v) {
        if (v < count) c[r][v] = multiply_accumulate(c[r][v], w, x[v]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int v = 0; v < NV; ++v) {
      if (v < count) vstorev(c[r][v], v, sums + r * stride);
    }
  }
}

// A row of q in units.
void load_queries(__global const void *q, ulong from, a_unit *row) {
  for (int u = 0; u < DU; ++u) {
#if K_UNIT == 1
    row[u] = LOAD(Q_TYPE)(q, from + u);
#else
    const uint low = ((__global const ushort *)q)[from + 2 * u];
    const uint high = 2 * u + 1 < D ? ((__global const ushort *)q)[from + 2 * u + 1] : 0;
    row[u] = low | high << 16;
#endif
  }
}

// Global size: ceil(q_len * group / block), kv_heads, batch. `keys` and `values` of a head are
// key_units and value_units apart.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void attention_packed(
    __global const void *q, __global const a_unit *keys, __global const a_unit *values,
    __global void *out, int heads, int kv_heads, int q_len, int kv_len, float scale, int block,
    ulong key_units, ulong value_units) {
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int kv_head = (int)get_global_id(1);
  const ulong batch = get_global_id(2);
  const int row0 = balanced((int)get_global_id(0), (int)get_global_size(0)) * block;
  const int rows = min(block, q_len * s.group - row0);
  keys += (batch * kv_heads + kv_head) * key_units;
  values += (batch * kv_heads + kv_head) * value_units;

  ALIGNED a_unit queries[BR * DU], weights[MR * (KB / K_UNIT)];
  ALIGNED float outputs[BR * DP], scores[MR * KB];
  float maximum[BR];
  floatv sum[BR];
  for (int r = 0; r < block; ++r) {
    load_queries(q, row_offset(row0 + min(r, rows - 1), batch, kv_head, s), queries + r * DU);
    for (int i = 0; i < DP / VW; ++i) vstorev((floatv)(0.0f), i, outputs + r * DP);
    maximum[r] = LOWEST;
    sum[r] = (floatv)(0.0f);
  }

  const int limit = visible(row0 + rows - 1, s);
  for (int key = 0; key < limit; key += KB) {
    for (int r0 = 0; r0 < rows; r0 += MR) {
      const int last = visible(row0 + min(r0 + MR, rows) - 1, s) - key;
      if (last <= 0) continue;
      const int used = min(last, KB);
      for (int j = 0; j < used; j += NR) {
        multiply_tile(queries + r0 * DU, DU, keys + (ulong)(key + j) * DU, NR, DU, false, NV,
                      scores + j, KB);
      }
      const int first = visible(row0 + r0, s) - key;
      if (first >= KB) {
#pragma unroll
        for (int r = 0; r < MR; ++r) {
          update_row(scores + r * KB, weights + r * (KB / K_UNIT), false, KB, scale,
                     &maximum[r0 + r], &sum[r0 + r], outputs + (r0 + r) * DP);
        }
      } else {
        for (int r = 0; r < MR; ++r) {
          const int seen = visible(row0 + min(r0 + r, rows - 1), s) - key;
          update_row(scores + r * KB, weights + r * (KB / K_UNIT), true, seen, scale,
                     &maximum[r0 + r], &sum[r0 + r], outputs + (r0 + r) * DP);
        }
      }
      const int steps = (used + K_UNIT - 1) / K_UNIT;
      __global const a_unit *v = values + (ulong)(key / K_UNIT) * DP;
      for (int i = 0; i + NR <= DP; i += NR) {
        multiply_tile(weights, KB / K_UNIT, v + i, DP, steps, true, NV, outputs + r0 * DP + i, DP);
      }
      if (DP % NR >= 2 * VW) {
        multiply_tile(weights, KB / K_UNIT, v + DP - DP % NR, DP, steps, true, 2,
                      outputs + r0 * DP + DP - DP % NR, DP);
      }
      if (DP % NR % (2 * VW) != 0) {
        multiply_tile(weights, KB / K_UNIT, v + DP - VW, DP, steps, true, 1,
                      outputs + r0 * DP + DP - VW, DP);
      }
    }
  }

  for (int r = 0; r < rows; ++r) {
    const ulong to = row_offset(row0 + r, batch, kv_head, s);
    const float total = sum_of_lanes(sum[r]);
    const float share = total > 0.0f ? 1.0f / total : 0.0f;
    for (int i = 0; i + VW <= D; i += VW) {
      STORE_VECTOR(Q_TYPE)(vloadv(0, outputs + r * DP + i) * share, out, to + i);
    }
    for (int i = D / VW * VW; i < D; ++i) STORE(Q_TYPE)(outputs[r * DP + i] * share, out, to + i);
  }
}
