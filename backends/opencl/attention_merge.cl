// Brings partial results of runs of keys together: with M the largest maximum m_i of a row,
//   out = sum O_i 2^(m_i - M) / sum l_i 2^(m_i - M)
#ifndef ASSAY_ATTENTION_MERGE
#define ASSAY_ATTENTION_MERGE

#include "attention.cl"

// Floats of a partial result: [RT][DP] outputs, RT maxima, RT sums.
#define PARTIAL (RT * (DP + 2))

// Global size: MERGE_ITEMS times the rows of a key/value head, kv_heads, batch. An item has every
// MERGE_ITEMS-th column.
__kernel __attribute__((reqd_work_group_size(MERGE_ITEMS, 1, 1))) void attention_merge(
    __global const float *partial, __global void *out, int heads, int kv_heads, int q_len,
    int runs) {
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, 0};
  const int row = (int)get_group_id(0);
  const int kv_head = (int)get_group_id(1);
  const ulong batch = get_group_id(2);
  partial += (batch * kv_heads + kv_head) * runs * PARTIAL;

  float most = -3.0e38f;
  for (int i = 0; i < runs; ++i) most = fmax(most, partial[(ulong)i * PARTIAL + RT * DP + row]);
  float total = 0.0f;
  float outputs[(D + MERGE_ITEMS - 1) / MERGE_ITEMS];
  for (int c = 0; c < (D + MERGE_ITEMS - 1) / MERGE_ITEMS; ++c) outputs[c] = 0.0f;
  for (int i = 0; i < runs; ++i) {
    __global const float *from = partial + (ulong)i * PARTIAL;
    const float weight = exp2(from[RT * DP + row] - most);
    total = MULTIPLY_ADD(from[RT * DP + RT + row], weight, total);
    for (int c = (int)get_local_id(0); c < D; c += MERGE_ITEMS) {
      outputs[c / MERGE_ITEMS] = MULTIPLY_ADD(from[row * DP + c], weight, outputs[c / MERGE_ITEMS]);
    }
  }
  const float share = total > 0.0f ? 1.0f / total : 0.0f;
  const ulong to = row_offset(row, batch, kv_head, s);
  for (int c = (int)get_local_id(0); c < D; c += MERGE_ITEMS) {
    STORE(Q_TYPE)(outputs[c / MERGE_ITEMS] * share, out, to + c);
  }
}

#endif
