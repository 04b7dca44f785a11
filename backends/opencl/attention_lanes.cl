// Attention for few rows (decoding) on devices whose work-items are lanes (GPUs): bound by reading keys
// and values, each read once, neighbours side by side in vectors of VW. A work-group takes a run of
// keys of one key/value head with all its RT rows, KB keys at a time:
//   scores   keys pass through local memory; an item then has one key and every LANES / KB-th row
//   outputs  an item has VW columns of all rows and every TEAMS-th key, whose values it reads itself;
//            the teams' sums meet in local memory at the end
// A work-group leaves a partial result for attention_merge. D is a multiple of VW; KB divides LANES
// and is at least TEAMS.
#include "attention_merge.cl"
#include "vector.cl"

#define COLUMNS (D / VW)
#define TEAMS (LANES / COLUMNS)
#define ROW_STEP (LANES / KB)
#define ROWS_EACH ((RT + ROW_STEP - 1) / ROW_STEP)
// A vector more than D, so that the same place of neighbouring keys lies in different banks.
#define KEY_STRIDE (D + VW)

// Where a maximum starts: finite, so that no difference is infinity - infinity.
#define LOWEST -3.0e38f

floatv load_kv_lanes(__global const void *p, __global const float *scale, ulong token, int i) {
  const floatv x = LOAD_VECTOR(KV_TYPE)(KV_AT(p, token * D + i), 0);
#if KV_SCALED
  return x * scale[token];
#else
  return x;
#endif
}

float add_lanes(floatv x) {
#if VW == 4
  return x.s0 + x.s1 + (x.s2 + x.s3);
#else
  return x;
#endif
}

// Global size: LANES runs of `run` keys, kv_heads, batch.
__kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void attention_lanes(
    __global const void *q, __global const void *k, __global const void *v,
    __global const float *k_scale, __global const float *v_scale, __global float *partial,
    int heads, int kv_heads, int q_len, int kv_len, float scale, int run) {
  __local __attribute__((aligned(16))) float queries[ROWS_EACH * ROW_STEP * D];
  __local __attribute__((aligned(16))) float keys[KB * KEY_STRIDE];
  __local float weights[RT * KB];
  __local float maximum[RT], sum[RT], shrink[RT];
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int item = (int)get_local_id(0);
  const int kv_head = (int)get_group_id(1);
  const ulong batch = get_group_id(2);
  const int rows = q_len * s.group;
  const ulong head = batch * kv_heads + kv_head;
  const int begin = (int)get_group_id(0) * run;
  const int end = min(begin + run, visible(rows - 1, s));
  const int column = item % COLUMNS * VW;
  const int team = item / COLUMNS;

  for (int e = item; e < ROWS_EACH * ROW_STEP * D; e += LANES) {
    queries[e] = e / D < rows
                     ? LOAD(Q_TYPE)(q, row_offset(e / D, batch, kv_head, s) + e % D) * scale
                     : 0.0f;
  }
  for (int r = item; r < RT; r += LANES) {
    maximum[r] = LOWEST;
    sum[r] = 0.0f;
  }
  floatv out[RT];
  for (int r = 0; r < RT; ++r) out[r] = (floatv)(0.0f);

  for (int key = begin; key < end; key += KB) {
    const ulong token = head * kv_len + key;
    const int count = min(KB, end - key);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int e = item; e < KB * COLUMNS; e += LANES) {
      const int j = e / COLUMNS;
      const int i = e % COLUMNS * VW;
      const floatv x = j < count ? load_kv_lanes(k, k_scale, token + j, i) : (floatv)(0.0f);
      vstorev(x, 0, keys + j * KEY_STRIDE + i);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    {
      const int j = item % KB;
      const int first = item / KB;
      floatv score[ROWS_EACH];
      for (int n = 0; n < ROWS_EACH; ++n) score[n] = (floatv)(0.0f);
      for (int i = 0; i < D; i += VW) {
        const floatv x = vloadv(0, keys + j * KEY_STRIDE + i);
        for (int n = 0; n < ROWS_EACH; ++n) {
          const floatv y = vloadv(0, queries + (first + n * ROW_STEP) * D + i);
          score[n] = MULTIPLY_ADD(x, y, score[n]);
        }
      }
      for (int n = 0; n < ROWS_EACH; ++n) {
        const int r = first + n * ROW_STEP;
        if (r < RT) weights[r * KB + j] = add_lanes(score[n]);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int r = item; r < RT; r += LANES) {
      const int seen = r < rows ? clamp(visible(r, s) - key, 0, count) : 0;
      float most = maximum[r];
      for (int j = 0; j < seen; ++j) most = fmax(most, weights[r * KB + j]);
      shrink[r] = exp2(maximum[r] - most);
      maximum[r] = most;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int e = item; e < RT * KB; e += LANES) {
      const int r = e / KB;
      const int seen = r < rows ? min(visible(r, s) - key, count) : 0;
      weights[e] = e % KB < seen ? exp2(weights[e] - maximum[r]) : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int r = item; r < RT; r += LANES) {
      float total = 0.0f;
      for (int j = 0; j < KB; ++j) total += weights[r * KB + j];
      sum[r] = sum[r] * shrink[r] + total;
    }
    if (team >= TEAMS) continue;
    for (int r = 0; r < RT; ++r) out[r] *= shrink[r];
    for (int j = team; j < count; j += TEAMS) {
      const floatv x = load_kv_lanes(v, v_scale, token + j, column);
      for (int r = 0; r < RT; ++r) {
        out[r] = MULTIPLY_ADD((floatv)(weights[r * KB + j]), x, out[r]);
      }
    }
  }

  partial += (head * get_num_groups(0) + get_group_id(0)) * PARTIAL;
  for (int r = 0; r < rows; ++r) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (team < TEAMS) vstorev(out[r], 0, keys + team * D + column);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int c = item; c < D; c += LANES) {
      float total = 0.0f;
      for (int t = 0; t < TEAMS; ++t) total += keys[t * D + c];
      partial[r * DP + c] = total;
    }
    if (item == 0) {
      partial[RT * DP + r] = maximum[r];
      partial[RT * DP + RT + r] = sum[r];
    }
  }
}
