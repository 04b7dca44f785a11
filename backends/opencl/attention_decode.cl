// Attention for few rows (decoding) on devices whose work-items are threads with vector registers:
// bound by reading keys and values, so they are read once, as they are stored, and nothing is packed.
// A work-group is one work-item with a run of keys and all RT rows of a key/value head, RT being a
// multiple of MR. Scores are dot products along d of MR rows with VW / MR keys at a time. Where the tile
// multiply-accumulate takes pairs, neighbours along d are pairs as they are stored, and of values two keys
// are interleaved; D is then a multiple of 2 VW.
//
// Where the keys of a head are split, a work-group leaves a partial result, RT rows of DP outputs, a
// maximum and a sum, for attention_merge.
#include "attention_merge.cl"
#include "interleave.cl"
#include "softmax.cl"

#define KT (VW / MR)

// Rows that take a key or value together, and the next ones when it is in the nearest cache: few
// operations between reads let the processor look far ahead in memory. What is converted to f32 would
// have to be converted again.
#if (KV_BYTES == 4 || K_UNIT == 2) && MR > 2
#define ROWS 2
#else
#define ROWS MR
#endif
#define COLUMN_VECTORS (ROWS == 8 ? 2 : ROWS == 4 ? 4 : 8)

// Elements of a stored vector, stored vectors of COLUMN_VECTORS sums, units of a row of queries.
#define STORED (VW * K_UNIT)
#define STORED_VECTORS (COLUMN_VECTORS / K_UNIT)
#define QUERY_UNITS (DP / K_UNIT)
// Where column c of a row of outputs lies: those of pairs come apart.
#if K_UNIT == 2
#define PLACE(c) ((c) / STORED * STORED + (c) % 2 * VW + (c) % STORED / 2)
#else
#define PLACE(c) (c)
#endif
// Values that stay in the nearest cache meanwhile.
#define NEAR (ROWS == MR ? KB : 16)

// Otherwise asks for element `i` of k or v, which is read next: OpenCL's own prefetch does nothing on
// CPUs, and short runs of keys and values in turn escape the hardware's. Lines are asked for in the order
// in which they lie in memory, whatever the order in which they are used.
#if ROWS == MR && (defined(__x86_64__) || defined(__aarch64__))
#define FETCH(p, i) __builtin_prefetch((const void *)(size_t)KV_AT(p, i), 0, 3)
#else
#define FETCH(p, i)
#endif

// The stored vector of keys or values at element i.
__attribute__((always_inline)) b_unit load_stored(__global const void *p, ulong i) {
#if K_UNIT == 2
  return vloadv(0, (__global const uint *)KV_AT(p, i));
#else
  return LOAD_VECTOR(KV_TYPE)(KV_AT(p, i), 0);
#endif
}

// Lane i of the result is the sum of x[i]'s lanes.
__attribute__((always_inline)) floatv sum_each(floatv *x) {
#pragma unroll
  for (int n = VW / 2; n > 0; n /= 2) {
#pragma unroll
    for (int i = 0; i < n; ++i) {
      x[i] = FIRST_HALVES(floatv, x[i], x[i + n]) + SECOND_HALVES(floatv, x[i], x[i + n]);
    }
  }
  return x[0];
}

// Scores of MR rows with keys [key, key + KB), those from `count` on being copies of the last.
__attribute__((always_inline)) void score_rows(const a_unit *queries, __global const void *k,
                                               __global const void *next, ulong token, int count,
                                               float *scores) {
  for (int j = 0; j < KB; j += KT) {
    if (j >= count) break;
    floatv sums[VW];
#pragma unroll
    for (int i = 0; i < VW; ++i) sums[i] = (floatv)(0.0f);
#if ROWS < MR
#pragma unroll
    for (int r0 = 0; r0 < MR; r0 += ROWS) {
      // Few rows side by side, or memory isn't read in order.
#pragma unroll
      for (int t = 0; t < KT; t += min(KT, K_UNIT)) {
        for (int i = 0; i + STORED <= D; i += STORED) {
#pragma unroll
          for (int u = t; u < t + min(KT, K_UNIT); ++u) {
            const b_unit x = load_stored(k, (token + min(j + u, count - 1)) * D + i);
#pragma unroll
            for (int r = r0; r < r0 + ROWS; ++r) {
              sums[r * KT + u] = multiply_accumulate_lanes(
                  sums[r * KT + u], vloadv(0, queries + r * QUERY_UNITS + i / K_UNIT), x);
            }
          }
        }
      }
    }
#else
    for (int i = 0; i + STORED <= D; i += STORED) {
      b_unit x[KT];
#pragma unroll
      for (int t = 0; t < KT; ++t) {
        x[t] = load_stored(k, (token + min(j + t, count - 1)) * D + i);
        FETCH(next, (token + j) * D + i * KT + t * STORED);
      }
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        const b_unit w = vloadv(0, queries + r * QUERY_UNITS + i / K_UNIT);
#pragma unroll
        for (int t = 0; t < KT; ++t) {
          sums[r * KT + t] = multiply_accumulate_lanes(sums[r * KT + t], w, x[t]);
        }
      }
    }
#endif
    float lanes[VW];
    vstorev(sum_each(sums), 0, lanes);
#if K_UNIT == 1
    for (int i = D / VW * VW; i < D; ++i) {
      for (int t = 0; t < KT; ++t) {
        const float x = LOAD(KV_TYPE)(k, (token + min(j + t, count - 1)) * D + i);
        for (int r = 0; r < MR; ++r) {
          lanes[r * KT + t] = MULTIPLY_ADD(queries[r * DP + i], x, lanes[r * KT + t]);
        }
      }
    }
#endif
#pragma unroll
    for (int r = 0; r < MR; ++r) {
#pragma unroll
      for (int t = 0; t < KT; ++t) scores[r * KB + j + t] = lanes[r * KT + t];
    }
  }
}

// out[r][0..count vectors) += weights[r] v for ROWS rows and `keys` keys, v's rows beginning at element
// `from`.
__attribute__((always_inline)) void add_values(const a_unit *weights, __global const void *v,
                                               __global const void *next, ulong from,
                                               ulong fetched, int keys, int count, float *out) {
  floatv c[ROWS][COLUMN_VECTORS];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
#pragma unroll
    for (int i = 0; i < COLUMN_VECTORS; ++i) {
      if (i < count) c[r][i] = vloadv(i, out + r * DP);
    }
  }
  for (int j = 0; j < keys; j += K_UNIT) {
    b_unit x[COLUMN_VECTORS];
#pragma unroll
    for (int i = 0; i < STORED_VECTORS; ++i) {
      if (i * K_UNIT >= count) continue;
      const ulong at = from + (ulong)j * D + i * STORED;
      FETCH(next, fetched + (ulong)(j * count + i * K_UNIT) * VW);
#if K_UNIT == 2
      // Columns of two keys next to each other. Behind the last key it is taken again, with weight 0.
      const uintv a = load_stored(v, at), b = load_stored(v, j + 1 < keys ? at + D : at);
      x[2 * i] = (a & 0xffff) | (b << 16);
      x[2 * i + 1] = (a >> 16) | (b & 0xffff0000u);
#else
      x[i] = load_stored(v, at);
#endif
    }
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const a_unit w = weights[(r * KB + j) / K_UNIT];
#pragma unroll
      for (int i = 0; i < COLUMN_VECTORS; ++i) {
        if (i < count) c[r][i] = multiply_accumulate(c[r][i], w, x[i]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
#pragma unroll
    for (int i = 0; i < COLUMN_VECTORS; ++i) {
      if (i < count) vstorev(c[r][i], i, out + r * DP);
    }
  }
}

// The same for all columns of MR rows and NEAR keys at most.
__attribute__((always_inline)) void add_near_values(const a_unit *weights, __global const void *v,
                                                    __global const void *next, ulong token,
                                                    int keys, float *out) {
  for (int r = 0; r < MR; r += ROWS) {
    const a_unit *const w = weights + r * (KB / K_UNIT);
    float *const to = out + r * DP;
    int i = 0;
    for (; i + COLUMN_VECTORS * VW <= D; i += COLUMN_VECTORS * VW) {
      add_values(w, v, next, token * D + i, (token + KB) * D + i * NEAR, keys, COLUMN_VECTORS,
                 to + i);
    }
    for (; i + STORED <= D; i += STORED) {
      add_values(w, v, next, token * D + i, (token + KB) * D + i * NEAR, keys, K_UNIT, to + i);
    }
  }
#if K_UNIT == 1
  for (int i = D / VW * VW; i < D; ++i) {
    for (int j = 0; j < keys; ++j) {
      const float x = LOAD(KV_TYPE)(v, (token + j) * D + i);
      for (int r = 0; r < MR; ++r) {
        out[r * DP + i] = MULTIPLY_ADD(weights[r * KB + j], x, out[r * DP + i]);
      }
    }
  }
#endif
}

#if KV_SCALED
// Multiplies MR rows of KB numbers by a number for each key.
__attribute__((always_inline)) void scale_keys(float *rows, __global const float *scale, int count) {
  ALIGNED float factors[KB];
  for (int j = 0; j < KB; ++j) factors[j] = j < count ? scale[j] : 0.0f;
  for (int r = 0; r < MR; ++r) {
    for (int j = 0; j < KB / VW; ++j) {
      vstorev(vloadv(j, rows + r * KB) * vloadv(j, factors), j, rows + r * KB);
    }
  }
}
#endif

// Global size: runs of `run` keys, kv_heads, batch. `partial` is only used for several runs.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void attention_decode(
    __global const void *q, __global const void *k, __global const void *v,
    __global const float *k_scale, __global const float *v_scale, __global void *out,
    __global float *partial, int heads, int kv_heads, int q_len, int kv_len, float scale, int run) {
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int kv_head = (int)get_global_id(1);
  const ulong batch = get_global_id(2);
  const int rows = q_len * s.group;
  const ulong head = batch * kv_heads + kv_head;
  const ulong first_token = head * kv_len;
  const int begin = (int)get_global_id(0) * run;
  const int end = min(begin + run, visible(rows - 1, s));

  ALIGNED a_unit queries[RT * QUERY_UNITS], weights[MR * (KB / K_UNIT)];
  ALIGNED float outputs[RT * DP], scores[MR * KB];
  float maximum[RT];
  floatv sum[RT];
  for (int r = 0; r < RT; ++r) {
    const ulong from = row_offset(min(r, rows - 1), batch, kv_head, s);
#if K_UNIT == 2
    for (int i = 0; i < QUERY_UNITS; ++i) {
      queries[r * QUERY_UNITS + i] = ((__global const uint *)q)[from / 2 + i];
    }
#else
    for (int i = 0; i < D; ++i) queries[r * DP + i] = LOAD(Q_TYPE)(q, from + i);
#endif
    for (int i = 0; i < DP / VW; ++i) vstorev((floatv)(0.0f), i, outputs + r * DP);
    maximum[r] = LOWEST;
    sum[r] = (floatv)(0.0f);
  }

  for (int key = begin; key < end; key += KB) {
    const int count = min(KB, end - key);
    for (int r0 = 0; r0 < RT; r0 += MR) {
      score_rows(queries + r0 * QUERY_UNITS, k, v, first_token + key, count, scores);
#if KV_SCALED
      scale_keys(scores, k_scale + first_token + key, count);
#endif
      const bool masked = count < KB || visible(min(r0, rows - 1), s) < key + KB;
      for (int r = 0; r < MR; ++r) {
        const int seen = min(count, visible(min(r0 + r, rows - 1), s) - key);
        if (masked) {
          update_row(scores + r * KB, weights + r * (KB / K_UNIT), true, seen, scale, &maximum[r0 + r],
                     &sum[r0 + r], outputs + (r0 + r) * DP);
        } else {
          update_row(scores + r * KB, weights + r * (KB / K_UNIT), false, KB, scale, &maximum[r0 + r],
                     &sum[r0 + r], outputs + (r0 + r) * DP);
        }
      }
#if KV_SCALED
      scale_keys(weights, v_scale + first_token + key, count);
#endif
      for (int j = 0; j < count; j += NEAR) {
        add_near_values(weights + j / K_UNIT, v, k, first_token + key + j, min(NEAR, count - j),
                        outputs + r0 * DP);
      }
    }
  }

  if (get_global_size(0) == 1) {
    for (int r = 0; r < rows; ++r) {
      const ulong to = row_offset(r, batch, kv_head, s);
      const float total = sum_of_lanes(sum[r]);
      const float share = total > 0.0f ? 1.0f / total : 0.0f;
      for (int i = 0; i < D; ++i) STORE(Q_TYPE)(outputs[r * DP + PLACE(i)] * share, out, to + i);
    }
    return;
  }
  partial += (head * get_global_size(0) + get_global_id(0)) * PARTIAL;
  for (int r = 0; r < rows; ++r) {
#if K_UNIT == 2
    for (int i = 0; i < D; ++i) partial[r * DP + i] = outputs[r * DP + PLACE(i)];
#else
    for (int i = 0; i < DP / VW; ++i) {
      vstorev(vloadv(i, outputs + r * DP), i, partial + r * DP);
    }
#endif
    partial[RT * DP + r] = maximum[r] * scale;
    partial[RT * DP + RT + r] = sum_of_lanes(sum[r]);
  }
}
