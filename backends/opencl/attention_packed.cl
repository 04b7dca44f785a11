// Flash attention (online softmax over blocks of keys) for devices whose work-items are threads with
// vector registers (CPUs). A work-group is one work-item with `block` rows (up to BR); keys come in blocks of KB,
// transposed and converted to float in private memory, and every product runs over tiles of MR x
// 2 VW held in registers. No local memory, no barriers, no score matrix beyond one tile.
// DP is D rounded up to 2 VW; KB is a multiple of 2 VW; `block` and BR are multiples of MR.
#include "attention.cl"
#include "vector.cl"

#define NR (2 * VW)

// c[r][0..NR) (row stride `stride`) = or += sum over `steps` of a[r][step] * b[step][0..NR), MR rows.
void multiply_tile(const float *a, int a_stride, const float *b, int b_stride, int steps, int add,
                   float *c, int stride) {
  floatv low[MR], high[MR];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
    low[r] = add ? vloadv(0, c + r * stride) : (floatv)(0.0f);
    high[r] = add ? vloadv(1, c + r * stride) : (floatv)(0.0f);
  }
  for (int step = 0; step < steps; ++step) {
    const floatv x = vloadv(0, b + step * b_stride);
    const floatv y = vloadv(1, b + step * b_stride);
#pragma unroll
    for (int r = 0; r < MR; ++r) {
      const floatv w = (floatv)(a[r * a_stride + step]);
      low[r] = MULTIPLY_ADD(w, x, low[r]);
      high[r] = MULTIPLY_ADD(w, y, high[r]);
    }
  }
#pragma unroll
  for (int r = 0; r < MR; ++r) {
    vstorev(low[r], 0, c + r * stride);
    vstorev(high[r], 1, c + r * stride);
  }
}

// Keys [first, first + KB) as [D][KB], values as [KB][DP]; zero beyond `limit` and beyond D.
void load_block(__global const void *k, __global const void *v, __global const float *k_scale,
                __global const float *v_scale, ulong token, int count, float *keys, float *values) {
  for (int j = 0; j < KB; ++j) {
    for (int i = 0; i < D; ++i) {
      keys[i * KB + j] = j < count ? load_kv(k, k_scale, token + j, i) : 0.0f;
    }
    for (int i = 0; i < D; ++i) {
      values[j * DP + i] = j < count ? load_kv(v, v_scale, token + j, i) : 0.0f;
    }
    for (int i = D; i < DP; ++i) values[j * DP + i] = 0.0f;
  }
}

// One row of the online softmax: turns the KB scores into weights relative to the new maximum, rescales
// the row's sum and output. Keys from `seen` on are masked.
void update_row(float *scores, int seen, float *maximum, float *sum, float *out) {
  if (seen < KB) {
    for (int j = max(seen, 0); j < KB; ++j) scores[j] = LOWEST;
  }
  floatv most = vloadv(0, scores);
  for (int j = 1; j < KB / VW; ++j) most = fmax(most, vloadv(j, scores));
  float lanes[VW];
  vstorev(most, 0, lanes);
  float highest = *maximum;
  for (int j = 0; j < VW; ++j) highest = fmax(highest, lanes[j]);

  floatv total = (floatv)(0.0f);
  for (int j = 0; j < KB / VW; ++j) {
    const floatv p = exp2_vector(vloadv(j, scores) - highest);
    vstorev(p, j, scores);
    total += p;
  }
  if (seen < KB) {
    total = (floatv)(0.0f);
    for (int j = max(seen, 0); j < KB; ++j) scores[j] = 0.0f;
    for (int j = 0; j < KB / VW; ++j) total += vloadv(j, scores);
  }
  vstorev(total, 0, lanes);
  float row_sum = 0.0f;
  for (int j = 0; j < VW; ++j) row_sum += lanes[j];

  if (highest > *maximum) {
    const floatv shrink = exp2_vector((floatv)(*maximum - highest));
    vstorev(shrink, 0, lanes);
    *sum *= lanes[0];
    for (int j = 0; j < DP / VW; ++j) vstorev(vloadv(j, out) * shrink, j, out);
    *maximum = highest;
  }
  *sum += row_sum;
}

// Global size: ceil(q_len * group / block), kv_heads, batch.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void attention_packed(
    __global const void *q, __global const void *k, __global const void *v,
    __global const float *k_scale, __global const float *v_scale, __global void *out, int heads,
    int kv_heads, int q_len, int kv_len, float scale, int block) {
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int kv_head = (int)get_global_id(1);
  const ulong batch = get_global_id(2);
  const int row0 = balanced((int)get_global_id(0), (int)get_global_size(0)) * block;
  const int rows = min(block, q_len * s.group - row0);
  const ulong first_token = (batch * kv_heads + kv_head) * kv_len;

  float queries[BR * D], outputs[BR * DP], maximum[BR], sum[BR];
  float keys[D * KB], values[KB * DP], scores[MR * KB];
  for (int r = 0; r < block; ++r) {
    const ulong from = row_offset(row0 + r, batch, kv_head, s);
    for (int i = 0; i < D; ++i) {
      queries[r * D + i] = r < rows ? LOAD(Q_TYPE)(q, from + i) * scale : 0.0f;
    }
    for (int i = 0; i < DP; ++i) outputs[r * DP + i] = 0.0f;
    maximum[r] = LOWEST;
    sum[r] = 0.0f;
  }

  const int limit = visible(row0 + rows - 1, s);
  for (int key = 0; key < limit; key += KB) {
    load_block(k, v, k_scale, v_scale, first_token + key, min(KB, limit - key), keys, values);
    for (int r0 = 0; r0 < rows; r0 += MR) {
      if (visible(row0 + min(r0 + MR, rows) - 1, s) <= key) continue;
      for (int j = 0; j < KB; j += NR) {
        multiply_tile(queries + r0 * D, D, keys + j, KB, D, 0, scores + j, KB);
      }
      for (int r = 0; r < MR; ++r) {
        const int row = r0 + r;
        update_row(scores + r * KB, visible(row0 + min(row, rows - 1), s) - key, &maximum[row],
                   &sum[row], outputs + row * DP);
      }
      const int used = min(KB, limit - key);
      for (int j = 0; j < DP; j += NR) {
        multiply_tile(scores, KB, values + j, DP, used, 1, outputs + r0 * DP + j, DP);
      }
    }
  }

  for (int r = 0; r < rows; ++r) {
    const ulong to = row_offset(row0 + r, batch, kv_head, s);
    const float share = sum[r] > 0.0f ? 1.0f / sum[r] : 0.0f;
    for (int i = 0; i < D; ++i) STORE(Q_TYPE)(outputs[r * DP + i] * share, out, to + i);
  }
}
