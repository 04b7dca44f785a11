// Flash attention by matrix instructions (fragment.cl), for f16 and bf16: a sub-group has FRAGMENT_M
// rows, whose scores, weights and outputs stay in its registers; a work-group of TEAMS sub-groups
// shares the blocks of KB keys in local memory. The next block of keys is on its way while one is
// used. Values are turned round, so that their columns are rows of a tile.
//
// Needs of the path's file, besides what fragment.cl lists: which sums of a fragment a work-item holds.
//   FRAGMENT_SUMS, FRAGMENT_SUM(c, i)   how many, the i-th
//   FRAGMENT_COLUMN(i, lane)            its column
//   FRAGMENT_OWN_ROWS, FRAGMENT_OWN(i)  rows that an item has sums of; which of them the i-th is in
//   FRAGMENT_ROW(own, lane)             where that row is
//   FRAGMENT_SLOTS, FRAGMENT_SLOT(lane) how many items have sums of one row; which of them this is
#include "attention.cl"
#include "fragment.cl"

#define ITEMS (TEAMS * FRAGMENT_LANES)
#define TQ (TEAMS * FRAGMENT_M)
#define KB 32
#define TILE_ELEMENTS (TILE_BYTES / 2)
#define CHUNK 8  // elements of 16 bytes
// Tiles of a row of D elements, and columns with those beyond D, which are zero.
#define TILES ((D + TILE_ELEMENTS - 1) / TILE_ELEMENTS)
#define WIDTH (TILES * TILE_ELEMENTS)
#define STEPS (TILE_BYTES / FRAGMENT_BYTES)
// Pairs of keys times chunks of values that an item turns round.
#define TURNS ((KB / 2 * (WIDTH / CHUNK) + ITEMS - 1) / ITEMS)

// Where a maximum starts: finite, so that no difference is infinity - infinity.
#define LOWEST -3.0e38f

#if FRAGMENT_IS(bf16)
ushort to_element(float x) {
  const uint bits = as_uint(x);
  return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
#else
ushort to_element(float x) {
  ushort bits;
  vstore_half_rte(x, 0, (half *)&bits);
  return bits;
}
#endif

// Copies `rows` rows of D elements, row r from token + min(r, last), as TILES tiles of `rows` rows.
void copy_rows(__local uchar *tiles, int rows, __global const ushort *from, ulong token, int last,
               int item) {
  for (int e = item; e < rows * (WIDTH / CHUNK); e += ITEMS) {
    const int row = e / (WIDTH / CHUNK);
    const int i = e % (WIDTH / CHUNK) * CHUNK;
    __local uchar *tile = tiles + i / TILE_ELEMENTS * rows * TILE_STRIDE;
    const int offset = TILE_OFFSET(row, i % TILE_ELEMENTS * 2);
    if (i < D) {
      copy_chunk(tile, offset, (__global const uchar *)(from + (token + min(row, last)) * D + i));
    } else {
      *(__local uint4 *)(tile + offset) = (uint4)(0);
    }
  }
}

// Global size: ITEMS ceil(q_len * group / TQ), kv_heads, batch.
__kernel FRAGMENT_ATTRIBUTE __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
attention_fragment(__global const ushort *q, __global const ushort *k, __global const ushort *v,
                   __global void *out, int heads, int kv_heads, int q_len, int kv_len,
                   float scale) {
  __local __attribute__((aligned(128))) uchar queries[TILES * TQ * TILE_STRIDE];
  __local __attribute__((aligned(128))) uchar keys[2 * TILES * KB * TILE_STRIDE];
  __local __attribute__((aligned(128))) uchar values[WIDTH * TILE_STRIDE];
  __local __attribute__((aligned(128))) uchar weights[TQ * TILE_STRIDE];
  __local float parts[TQ * FRAGMENT_SLOTS];
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int item = (int)get_local_id(0);
  const int team = item / FRAGMENT_LANES;
  const int lane = item % FRAGMENT_LANES;
  const int kv_head = (int)get_group_id(1);
  const ulong batch = get_group_id(2);
  const int row0 = balanced((int)get_group_id(0), (int)get_num_groups(0)) * TQ;
  const int rows = min(TQ, q_len * s.group - row0);
  const int team_row = team * FRAGMENT_M;
  const ulong first_token = (batch * kv_heads + kv_head) * kv_len;
  const int limit = visible(row0 + rows - 1, s);

  for (int e = item; e < TQ * (WIDTH / CHUNK); e += ITEMS) {
    const int row = e / (WIDTH / CHUNK);
    const int i = e % (WIDTH / CHUNK) * CHUNK;
    __local uchar *to = queries + i / TILE_ELEMENTS * TQ * TILE_STRIDE +
                        TILE_OFFSET(row, i % TILE_ELEMENTS * 2);
    const ulong from = row_offset(row0 + min(row, rows - 1), batch, kv_head, s) + i;
    *(__local uint4 *)to = i < D ? *(__global const uint4 *)(q + from) : (uint4)(0);
  }
  if (limit > 0) copy_rows(keys, KB, k, first_token, limit - 1, item);
  copies_commit();

  c_fragment o[WIDTH / FRAGMENT_N];
#pragma unroll
  for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) o[n] = zero_fragment();
  float maximum[FRAGMENT_OWN_ROWS], sum[FRAGMENT_OWN_ROWS];
  int seen[FRAGMENT_OWN_ROWS];  // keys that an own row sees
#pragma unroll
  for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
    const int row = team_row + FRAGMENT_ROW(w, lane);
    maximum[w] = LOWEST;
    sum[w] = 0.0f;
    seen[w] = row < rows ? visible(row0 + row, s) : 0;
  }

  int current = 0;
  for (int key = 0; key < limit; key += KB) {
    __local uchar *block = keys + current * (TILES * KB * TILE_STRIDE);
    current = 1 - current;
    copies_wait(0);
    barrier(CLK_LOCAL_MEM_FENCE);  // keys are here; nobody reads the other block or values any more
    if (key + KB < limit) {
      copy_rows(keys + current * (TILES * KB * TILE_STRIDE), KB, k, first_token + key + KB,
                limit - 1 - key - KB, item);
    }
    copies_commit();
    uint4 pair[TURNS][2];
#pragma unroll
    for (int t = 0; t < TURNS; ++t) {
      const int e = item + t * ITEMS;
      const int j = e % (KB / 2) * 2;
      const int i = e / (KB / 2) * CHUNK;
      const int last = limit - 1 - key;
      pair[t][0] = pair[t][1] = (uint4)(0);
      if (i < D) {
        const ulong token = first_token + key;
        pair[t][0] = *(__global const uint4 *)(v + (token + min(j, last)) * D + i);
        pair[t][1] = *(__global const uint4 *)(v + (token + min(j + 1, last)) * D + i);
      }
    }

    c_fragment score[KB / FRAGMENT_N];
#pragma unroll
    for (int n = 0; n < KB / FRAGMENT_N; ++n) score[n] = zero_fragment();
#pragma unroll
    for (int step = 0; step < TILES * STEPS; ++step) {
      const int tile = step / STEPS;
      const int byte = step % STEPS * FRAGMENT_BYTES;
      const a_fragment a =
          load_a_fragment(queries + tile * TQ * TILE_STRIDE, team_row, byte, lane);
#pragma unroll
      for (int n = 0; n < KB / FRAGMENT_N; ++n) {
        const b_fragment b =
            load_b_fragment(block + tile * KB * TILE_STRIDE, n * FRAGMENT_N, byte, lane);
        score[n] = multiply_accumulate_fragment(score[n], a, b);
      }
    }

    float most[FRAGMENT_OWN_ROWS];
#pragma unroll
    for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) most[w] = LOWEST;
#pragma unroll
    for (int n = 0; n < KB / FRAGMENT_N; ++n) {
#pragma unroll
      for (int i = 0; i < FRAGMENT_SUMS; ++i) {
        const int w = FRAGMENT_OWN(i);
        const int j = key + n * FRAGMENT_N + FRAGMENT_COLUMN(i, lane);
        const float x = j < seen[w] ? FRAGMENT_SUM(score[n], i) * scale : LOWEST;
        FRAGMENT_SUM(score[n], i) = x;
        most[w] = fmax(most[w], x);
      }
    }
#pragma unroll
    for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
      const int row = team_row + FRAGMENT_ROW(w, lane);
      parts[row * FRAGMENT_SLOTS + FRAGMENT_SLOT(lane)] = most[w];
    }
#pragma unroll
    for (int t = 0; t < TURNS; ++t) {
      const int e = item + t * ITEMS;
      const int j = e % (KB / 2) * 2;
      const int i = e / (KB / 2) * CHUNK;
      if (i >= WIDTH) continue;
      const ushort8 x = as_ushort8(pair[t][0]);
      const ushort8 y = as_ushort8(pair[t][1]);
      const uint8 both = convert_uint8(x) | convert_uint8(y) << 16;
      *(__local uint *)(values + TILE_OFFSET(i, j * 2)) = both.s0;
      *(__local uint *)(values + TILE_OFFSET(i + 1, j * 2)) = both.s1;
      *(__local uint *)(values + TILE_OFFSET(i + 2, j * 2)) = both.s2;
      *(__local uint *)(values + TILE_OFFSET(i + 3, j * 2)) = both.s3;
      *(__local uint *)(values + TILE_OFFSET(i + 4, j * 2)) = both.s4;
      *(__local uint *)(values + TILE_OFFSET(i + 5, j * 2)) = both.s5;
      *(__local uint *)(values + TILE_OFFSET(i + 6, j * 2)) = both.s6;
      *(__local uint *)(values + TILE_OFFSET(i + 7, j * 2)) = both.s7;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    float shrink[FRAGMENT_OWN_ROWS];
#pragma unroll
    for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
      const int row = team_row + FRAGMENT_ROW(w, lane);
      float highest = maximum[w];
      for (int slot = 0; slot < FRAGMENT_SLOTS; ++slot) {
        highest = fmax(highest, parts[row * FRAGMENT_SLOTS + slot]);
      }
      shrink[w] = exp2(maximum[w] - highest);
      maximum[w] = highest;
      sum[w] *= shrink[w];
    }
#pragma unroll
    for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) {
#pragma unroll
      for (int i = 0; i < FRAGMENT_SUMS; ++i) FRAGMENT_SUM(o[n], i) *= shrink[FRAGMENT_OWN(i)];
    }
#pragma unroll
    for (int n = 0; n < KB / FRAGMENT_N; ++n) {
#pragma unroll
      for (int i = 0; i < FRAGMENT_SUMS; ++i) {
        const int w = FRAGMENT_OWN(i);
        const int j = n * FRAGMENT_N + FRAGMENT_COLUMN(i, lane);
        const float p =
            key + j < seen[w] ? exp2(FRAGMENT_SUM(score[n], i) - maximum[w]) : 0.0f;
        sum[w] += p;
        const int row = team_row + FRAGMENT_ROW(w, lane);
        *(__local ushort *)(weights + TILE_OFFSET(row, j * 2)) = to_element(p);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);

#pragma unroll
    for (int step = 0; step < STEPS; ++step) {
      const int byte = step * FRAGMENT_BYTES;
      const a_fragment a = load_a_fragment(weights, team_row, byte, lane);
#pragma unroll
      for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) {
        const b_fragment b = load_b_fragment(values, n * FRAGMENT_N, byte, lane);
        o[n] = multiply_accumulate_fragment(o[n], a, b);
      }
    }
  }

  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
    const int row = team_row + FRAGMENT_ROW(w, lane);
    parts[row * FRAGMENT_SLOTS + FRAGMENT_SLOT(lane)] = sum[w];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
  for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
    const int row = team_row + FRAGMENT_ROW(w, lane);
    float total = 0.0f;
    for (int slot = 0; slot < FRAGMENT_SLOTS; ++slot) {
      total += parts[row * FRAGMENT_SLOTS + slot];
    }
    sum[w] = total > 0.0f ? 1.0f / total : 0.0f;
  }
#pragma unroll
  for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) {
#pragma unroll
    for (int i = 0; i < FRAGMENT_SUMS; ++i) {
      const int w = FRAGMENT_OWN(i);
      const int row = team_row + FRAGMENT_ROW(w, lane);
      const int c = n * FRAGMENT_N + FRAGMENT_COLUMN(i, lane);
      if (row < rows && c < D) {
        STORE(FRAGMENT_TYPE)(FRAGMENT_SUM(o[n], i) * sum[w], out,
                             row_offset(row0 + row, batch, kv_head, s) + c);
      }
    }
  }
}
