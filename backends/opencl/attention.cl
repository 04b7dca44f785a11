// What both attention kernels share. The query heads of one key/value head are handled together: row
// r of the (q_len * group) rows is query r / group of head kv_head * group + r % group, so that the
// group shares every tile of keys and values, and the rows of a tile see nearly the same keys.
#ifndef ASSAY_ATTENTION
#define ASSAY_ATTENTION

#include "convert.cl"

typedef struct {
  int heads, kv_heads, group, q_len, kv_len;
} shape;

// Keys that a row sees: the first so many (causal: the last query sees all).
int visible(int row, shape s) {
#if CAUSAL
  return clamp(row / s.group + 1 + s.kv_len - s.q_len, 0, s.kv_len);
#else
  return s.kv_len;
#endif
}

// Index of the first element of a row of q and out.
ulong row_offset(int row, ulong batch, int kv_head, shape s) {
  const ulong head = batch * s.heads + (ulong)kv_head * s.group + row % s.group;
  return (head * s.q_len + row / s.group) * D;
}

// Where element `i` of k or v is.
#define KV_AT(p, i) ((__global const uchar *)(p) + (ulong)(i) * KV_BYTES)

// Element of k or v, dequantised.
float load_kv(__global const void *p, __global const float *scale, ulong token, int i) {
  const float x = LOAD(KV_TYPE)(p, token * D + i);
#if KV_SCALED
  return x * scale[token];
#else
  return x;
#endif
}

// D in units of the tile multiply-accumulate (tile.cl), and rounded up to whole vectors.
#define DU ((D + K_UNIT - 1) / K_UNIT)
#define DP ((D + VW - 1) / VW * VW)
#define NR (NV * VW)

// Light and heavy causal tiles in turn, so that any run of work-groups is balanced.
int balanced(int i, int count) { return i & 1 ? count - 1 - i / 2 : i / 2; }

#endif
