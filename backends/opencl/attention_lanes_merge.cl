// Brings partial results of runs of keys together, on devices whose work-items are lanes: with M the
// largest maximum m_i of a row,
//   out = sum O_i 2^(m_i - M) / sum l_i 2^(m_i - M)
//
// Partial results are [head][run][RT][D] outputs O, then [head][RT][run] maxima m, then as many sums l;
// heads of all batches.
#ifndef ASSAY_ATTENTION_LANES_MERGE
#define ASSAY_ATTENTION_LANES_MERGE

#include "attention.cl"

// The device's own 2^x: arguments are never positive, and results below 2^-126 may be 0.
#define EXP2(x) native_exp2(x)

// Teams of D items, each with every MERGE_TEAMS-th run; items of a group that are left over do nothing.
#define MERGE_TEAMS (LANES / D)

// Global size: LANES times the rows of a key/value head, kv_heads, batch.
__kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void attention_lanes_merge(
    __global const float *partial, __global void *out, int heads, int kv_heads, int q_len,
    int runs) {
  __local float weights[LANES];
  __local float outputs[LANES];
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, 0};
  const int item = (int)get_local_id(0);
  const int row = (int)get_group_id(0);
  const int kv_head = (int)get_group_id(1);
  const ulong batch = get_group_id(2);
  const ulong head = batch * kv_heads + kv_head;
  const ulong results = (ulong)runs * kv_heads * get_num_groups(2);
  __global const float *maxima = partial + results * RT * D + (head * RT + row) * runs;
  __global const float *sums = maxima + results * RT;
  const int team = item / D;
  const int column = item % D;

  float most = -3.0e38f;
  for (int i = item; i < runs; i += LANES) most = fmax(most, maxima[i]);
  weights[item] = most;
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll 8
  for (int i = 0; i < min(runs, LANES); ++i) most = fmax(most, weights[i]);

  float total = 0.0f;
  float output = 0.0f;
  for (int first = 0; first < runs; first += LANES) {
    const int count = min(LANES, runs - first);
    barrier(CLK_LOCAL_MEM_FENCE);
    weights[item] = item < count ? EXP2(maxima[first + item] - most) : 0.0f;
    if (item < count) total = MULTIPLY_ADD(sums[first + item], weights[item], total);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (team < MERGE_TEAMS) {
      __global const float *from = partial + ((head * runs + first) * RT + row) * D + column;
#pragma unroll 16
      for (int i = team; i < count; i += MERGE_TEAMS) {
        output = MULTIPLY_ADD(from[(ulong)i * RT * D], weights[i], output);
      }
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  weights[item] = total;
  outputs[item] = output;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item >= D) return;
  total = 0.0f;
#pragma unroll 8
  for (int i = 0; i < min(runs, LANES); ++i) total += weights[i];
  for (int t = 1; t < MERGE_TEAMS; ++t) output += outputs[t * D + item];
  STORE(Q_TYPE)(total > 0.0f ? output / total : 0.0f, out, row_offset(row, batch, kv_head, s) + item);
}

#endif
