// Flash attention with local-memory tiles, for devices whose work-items are lanes (GPUs). A
// work-group of 16 x 16 holds TQ = 16 RM rows: work-item (x, y) the rows y + 16 r, of which it
// computes the scores of keys x and x + 16 and the outputs x + 16 c. Keys come in blocks of TK;
// d passes through local memory TD at a time, the values TV keys at a time.
#include "attention.cl"

// Where a maximum starts: finite, so that no difference is infinity - infinity.
#define LOWEST -3.0e38f

#define TQ (16 * RM)
#define TK 32
#define TD 16
#define TV 8
#define ITEMS 256
#define COLUMNS ((D + 15) / 16)

// `block` is TQ. Global size: 16 ceil(q_len * group / TQ), 16 kv_heads, batch.
__kernel __attribute__((reqd_work_group_size(16, 16, 1))) void attention_tiled(
    __global const void *q, __global const void *k, __global const void *v,
    __global const float *k_scale, __global const float *v_scale, __global void *out, int heads,
    int kv_heads, int q_len, int kv_len, float scale, int block) {
  __local float qs[TD][TQ + 1];
  __local float ks[TD][TK + 1];
  __local float ps[TQ][TK + 1];
  __local float vs[TV][16 * COLUMNS];
  __local float maximum[TQ], sum[TQ], shrink[TQ];
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int x = (int)get_local_id(0);
  const int y = (int)get_local_id(1);
  const int item = y * 16 + x;
  const int kv_head = (int)get_group_id(1);
  const ulong batch = get_global_id(2);
  const int row0 = balanced((int)get_group_id(0), (int)get_num_groups(0)) * block;
  const int rows = min(block, q_len * s.group - row0);
  const ulong first_token = (batch * kv_heads + kv_head) * kv_len;

  float o[RM][COLUMNS];
  for (int r = 0; r < RM; ++r) {
    for (int c = 0; c < COLUMNS; ++c) o[r][c] = 0.0f;
  }
  if (item < TQ) {
    maximum[item] = LOWEST;
    sum[item] = 0.0f;
  }

  const int limit = visible(row0 + rows - 1, s);
  for (int key = 0; key < limit; key += TK) {
    float score[RM][2];
    for (int r = 0; r < RM; ++r) score[r][0] = score[r][1] = 0.0f;
    for (int d0 = 0; d0 < D; d0 += TD) {
      for (int e = item; e < TQ * TD; e += ITEMS) {
        const int r = e / TD, i = e % TD;
        qs[i][r] = r < rows && d0 + i < D
                       ? LOAD(Q_TYPE)(q, row_offset(row0 + r, batch, kv_head, s) + d0 + i) * scale
                       : 0.0f;
      }
      for (int e = item; e < TK * TD; e += ITEMS) {
        const int j = e / TD, i = e % TD;
        ks[i][j] = key + j < limit && d0 + i < D
                       ? load_kv(k, k_scale, first_token + key + j, d0 + i)
                       : 0.0f;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = 0; i < TD; ++i) {
        for (int r = 0; r < RM; ++r) {
          const float w = qs[i][y + 16 * r];
          score[r][0] = MULTIPLY_ADD(w, ks[i][x], score[r][0]);
          score[r][1] = MULTIPLY_ADD(w, ks[i][x + 16], score[r][1]);
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int r = 0; r < RM; ++r) {
      ps[y + 16 * r][x] = score[r][0];
      ps[y + 16 * r][x + 16] = score[r][1];
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    if (item < TQ) {
      const int seen = item < rows ? clamp(visible(row0 + item, s) - key, 0, TK) : 0;
      float highest = maximum[item];
      for (int j = 0; j < seen; ++j) highest = fmax(highest, ps[item][j]);
      float total = 0.0f;
      for (int j = 0; j < TK; ++j) {
        const float p = j < seen ? exp2(ps[item][j] - highest) : 0.0f;
        ps[item][j] = p;
        total += p;
      }
      shrink[item] = exp2(maximum[item] - highest);
      sum[item] = sum[item] * shrink[item] + total;
      maximum[item] = highest;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    for (int r = 0; r < RM; ++r) {
      for (int c = 0; c < COLUMNS; ++c) o[r][c] *= shrink[y + 16 * r];
    }
    for (int j0 = 0; j0 < TK && key + j0 < limit; j0 += TV) {
      for (int e = item; e < TV * 16 * COLUMNS; e += ITEMS) {
        const int j = e / (16 * COLUMNS), i = e % (16 * COLUMNS);
        vs[j][i] = key + j0 + j < limit && i < D
                       ? load_kv(v, v_scale, first_token + key + j0 + j, i)
                       : 0.0f;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int j = 0; j < TV; ++j) {
        for (int r = 0; r < RM; ++r) {
          const float p = ps[y + 16 * r][j0 + j];
          for (int c = 0; c < COLUMNS; ++c) o[r][c] = MULTIPLY_ADD(p, vs[j][x + 16 * c], o[r][c]);
        }
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }

  barrier(CLK_LOCAL_MEM_FENCE);
  for (int r = 0; r < RM; ++r) {
    const int row = y + 16 * r;
    if (row >= rows) continue;
    const float share = sum[row] > 0.0f ? 1.0f / sum[row] : 0.0f;
    const ulong to = row_offset(row0 + row, batch, kv_head, s);
    for (int c = 0; c < COLUMNS; ++c) {
      if (x + 16 * c < D) STORE(Q_TYPE)(o[r][c] * share, out, to + x + 16 * c);
    }
  }
}
