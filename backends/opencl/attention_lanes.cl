// Attention for few rows (decoding) on devices whose work-items are lanes (GPUs): bound by reading keys
// and values, each read once. A work-group takes a run of keys of one key/value head with all its rows.
// TEAM items, VE neighbours along d each, have KEYS keys at a time with RR of the rows; ROW_TEAMS such
// teams, whose loads are the same, have all rows:
//   scores   an item adds up its part of KEYS x RR dot products; the parts meet in local memory
//   outputs  an item has its VE columns of its rows, over its team's keys
// Every team has maxima and sums of its own, so that a step of the whole group takes two barriers. The
// keys of the next step and the values of this one are on their way meanwhile. At the end the teams
// meet, and leave a partial result for attention_lanes_merge, or where DIRECT is 1, for a single run,
// the output.
//
// LANES items of a group also tell a compiler how many registers an item may have.
#include "attention_lanes_merge.cl"
#include "attention_words.cl"

#define TEAM (D / VE)
#define ROW_TEAMS ((RT + RR - 1) / RR)
#define KEY_TEAMS (LANES / TEAM / ROW_TEAMS)
#define TEAMS (KEY_TEAMS * ROW_TEAMS)
#define STEP (KEY_TEAMS * KEYS)
#define PAIRS (KEYS * RR)
#define PAIRS_EACH ((TEAMS * PAIRS + LANES - 1) / LANES)
// Parts of a dot product side by side, and so that quads of neighbouring products lie in different
// banks.
#define PART_STRIDE (TEAM % 4 == 0 ? TEAM + 4 : TEAM + 1 - TEAM % 2)
#define PARTS (TEAMS * PAIRS * PART_STRIDE)
#define SCRATCH (PARTS > TEAMS * D ? PARTS : TEAMS * D)

// Where a maximum starts, and the score of a key that isn't seen: finite, so that no difference is
// infinity - infinity, and so far apart that its power is 0 without asking.
#define LOWEST -1.0e38f
#define UNSEEN -3.0e38f

// Parts of dot products of KEYS keys with RR rows, whose queries are [RR][VE / 4 or 1][TEAM]; `less` is
// what OFFSET adds to each row's.
__attribute__((always_inline)) void dot_parts(const words *keys, __local const float *queries,
                                              int lane, const float *less, float part[KEYS][RR]) {
#if VE == 1
  for (int r = 0; r < RR; ++r) {
    const float y = queries[r * TEAM + lane];
#pragma unroll
    for (int j = 0; j < KEYS; ++j) part[j][r] = keys[j] * y;
  }
#else
#pragma unroll
  for (int j = 0; j < KEYS; ++j) {
#pragma unroll
    for (int r = 0; r < RR; ++r) part[j][r] = -less[r];
  }
#pragma unroll
  for (int q = 0; q < QUADS; ++q) {
    float4 x[KEYS];
#pragma unroll
    for (int j = 0; j < KEYS; ++j) x[j] = words_quad(keys[j], q);
#pragma unroll
    for (int r = 0; r < RR; ++r) {
      const float4 y = ((__local const float4 *)queries)[(r * QUADS + q) * TEAM + lane];
#pragma unroll
      for (int j = 0; j < KEYS; ++j) {
        part[j][r] = MULTIPLY_ADD(x[j].x, y.x, part[j][r]);
        part[j][r] = MULTIPLY_ADD(x[j].y, y.y, part[j][r]);
        part[j][r] = MULTIPLY_ADD(x[j].z, y.z, part[j][r]);
        part[j][r] = MULTIPLY_ADD(x[j].w, y.w, part[j][r]);
      }
    }
  }
#endif
}

// out += weight value, of one row.
__attribute__((always_inline)) void add_value(words value, float weight, float *out) {
#if VE == 1
  out[0] = MULTIPLY_ADD(weight, value, out[0]);
#else
#pragma unroll
  for (int q = 0; q < QUADS; ++q) {
    const float4 x = words_quad(value, q) - OFFSET;
    out[q * 4 + 0] = MULTIPLY_ADD(weight, x.x, out[q * 4 + 0]);
    out[q * 4 + 1] = MULTIPLY_ADD(weight, x.y, out[q * 4 + 1]);
    out[q * 4 + 2] = MULTIPLY_ADD(weight, x.z, out[q * 4 + 2]);
    out[q * 4 + 3] = MULTIPLY_ADD(weight, x.w, out[q * 4 + 3]);
  }
#endif
}

float sum_of_parts(__local const float *parts) {
  float total = 0.0f;
#if TEAM % 4 == 0
  float4 sum = (float4)(0.0f);
#pragma unroll
  for (int i = 0; i < TEAM / 4; ++i) sum += ((__local const float4 *)parts)[i];
  total = sum.x + sum.y + (sum.z + sum.w);
#else
  for (int i = 0; i < TEAM; ++i) total += parts[i];
#endif
  return total;
}

// Global size: LANES runs of `run` keys, kv_heads, batch.
__kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void attention_lanes(
    __global const void *q, __global const void *k, __global const void *v,
    __global const float *k_scale, __global const float *v_scale, __global float *partial,
    int heads, int kv_heads, int q_len, int kv_len, float scale, int run) {
  __local __attribute__((aligned(16))) float queries[ROW_TEAMS * RR * D];
  __local __attribute__((aligned(16))) float scratch[SCRATCH];
  __local float scores[TEAMS * PAIRS];
  __local float maxima[TEAMS * RR], sums[TEAMS * RR];
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int item = (int)get_local_id(0);
  const int kv_head = (int)get_group_id(1);
  const ulong batch = get_group_id(2);
  const int rows = q_len * s.group;
  const ulong head = batch * kv_heads + kv_head;
  const int begin = (int)get_group_id(0) * run;
  const int end = min(begin + run, kv_len);
  // What is left over repeats the last team's work, and stores nothing.
  const int works = item < TEAMS * TEAM;
  const int team = works ? item / TEAM : TEAMS - 1;
  const int lane = item % TEAM;
  const int row0 = team % ROW_TEAMS * RR;
  const ulong first = head * kv_len;
  // Of the j-th key of a step: its number, no further than the last, and this item's words of it.
#define TOKEN(key, j) (first + min((key) + (j) * KEY_TEAMS + team / ROW_TEAMS, end - 1))
#define WORDS_AT(key, j) (TOKEN(key, j) * TEAM + lane)
  // Of this item's p-th dot product: its number (team, key, row of the team), its key and row.
#define PAIR(p) (item + (p) * LANES)
#define PAIR_KEY(key, p) \
  ((key) + PAIR(p) % PAIRS / RR * KEY_TEAMS + PAIR(p) / PAIRS / ROW_TEAMS)
#define PAIR_ROW(p) (PAIR(p) / PAIRS % ROW_TEAMS * RR + PAIR(p) % RR)

  words keys[KEYS], values[KEYS];
#pragma unroll
  for (int j = 0; j < KEYS; ++j) keys[j] = load_words(k, WORDS_AT(begin, j));
#pragma unroll
  for (int j = 0; j < KEYS; ++j) values[j] = load_words(v, WORDS_AT(begin, j));
#if KV_SCALED
  float key_scale[PAIRS_EACH], value_scale[KEYS];
#pragma unroll
  for (int p = 0; p < PAIRS_EACH; ++p) {
    key_scale[p] = k_scale[first + min(PAIR_KEY(begin, p), end - 1)];
  }
#pragma unroll
  for (int j = 0; j < KEYS; ++j) value_scale[j] = v_scale[TOKEN(begin, j)];
#endif
  for (int e = item; e < ROW_TEAMS * RR * D; e += LANES) {
    const int r = e / D;
    const int i = e % D;
#if VE == 1
    const int at = e;
#else
    const int at = ((r * QUADS + i % VE / 4) * TEAM + i / VE) * 4 + i % 4;
#endif
    queries[at] =
        r < rows ? LOAD(Q_TYPE)(q, row_offset(r, batch, kv_head, s) + i) * scale : 0.0f;
  }
  float maximum[RR], sum[RR];
  float out[RR][VE];
#pragma unroll
  for (int r = 0; r < RR; ++r) {
    maximum[r] = LOWEST;
    sum[r] = 0.0f;
#pragma unroll
    for (int i = 0; i < VE; ++i) out[r][i] = 0.0f;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float less[RR];
#pragma unroll
  for (int r = 0; r < RR; ++r) {
    less[r] = 0.0f;
#if KV_BYTES == 1 && VE > 1
#pragma unroll
    for (int i = 0; i < QUADS; ++i) {
      const float4 y = ((__local const float4 *)queries)[((row0 + r) * QUADS + i) * TEAM + lane];
      less[r] += OFFSET * (y.x + y.y + (y.z + y.w));
    }
#endif
  }

  for (int key = begin; key < end; key += STEP) {
    {
      float part[KEYS][RR];
      dot_parts(keys, queries + row0 * D, lane, less, part);
      if (works) {
#pragma unroll
        for (int j = 0; j < KEYS; ++j) {
#pragma unroll
          for (int r = 0; r < RR; ++r) {
            scratch[(team * PAIRS + j * RR + r) * PART_STRIDE + lane] = part[j][r];
          }
        }
      }
    }
#pragma unroll
    for (int j = 0; j < KEYS; ++j) keys[j] = load_words(k, WORDS_AT(key + STEP, j));
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int p = 0; p < PAIRS_EACH; ++p) {
      const int token = PAIR_KEY(key, p);
      if (PAIR(p) < TEAMS * PAIRS) {
        float score = sum_of_parts(scratch + PAIR(p) * PART_STRIDE);
#if KV_SCALED
        score *= key_scale[p] * FACTOR;
#endif
        // Rows beyond the last see nothing either.
        const int r = PAIR_ROW(p);
        scores[PAIR(p)] = token < end && r < rows && token < visible(r, s) ? score : UNSEEN;
      }
#if KV_SCALED
      key_scale[p] = k_scale[first + min(PAIR_KEY(key + STEP, p), end - 1)];
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float weight[KEYS][RR], most[RR];
    int grown = 0;
#pragma unroll
    for (int r = 0; r < RR; ++r) {
      most[r] = maximum[r];
#pragma unroll
      for (int j = 0; j < KEYS; ++j) {
        weight[j][r] = scores[team * PAIRS + j * RR + r];
        most[r] = fmax(most[r], weight[j][r]);
      }
      grown |= most[r] > maximum[r];
    }
    // Rarely so after the first few keys.
    if (grown) {
#pragma unroll
      for (int r = 0; r < RR; ++r) {
        const float shrink = EXP2(maximum[r] - most[r]);
        maximum[r] = most[r];
        sum[r] *= shrink;
#pragma unroll
        for (int i = 0; i < VE; ++i) out[r][i] *= shrink;
      }
    }
#pragma unroll
    for (int r = 0; r < RR; ++r) {
#pragma unroll
      for (int j = 0; j < KEYS; ++j) {
        const float w = EXP2(weight[j][r] - maximum[r]);
        sum[r] += w;
#if KV_SCALED
        weight[j][r] = w * value_scale[j] * FACTOR;
#else
        weight[j][r] = w;
#endif
      }
    }
#pragma unroll
    for (int j = 0; j < KEYS; ++j) {
#pragma unroll
      for (int r = 0; r < RR; ++r) add_value(values[j], weight[j][r], out[r]);
      values[j] = load_words(v, WORDS_AT(key + STEP, j));
#if KV_SCALED
      value_scale[j] = v_scale[TOKEN(key + STEP, j)];
#endif
    }
  }

  if (works && lane == 0) {
#pragma unroll
    for (int r = 0; r < RR; ++r) {
      maxima[team * RR + r] = maximum[r];
      sums[team * RR + r] = sum[r];
    }
  }
#if !DIRECT
  const ulong result = head * get_num_groups(0) + get_group_id(0);
  const ulong results = (ulong)get_num_groups(0) * kv_heads * get_num_groups(2);
  __global float *ends = partial + results * RT * D;
#endif
#pragma unroll
  for (int r = 0; r < RR; ++r) {
    barrier(CLK_LOCAL_MEM_FENCE);
    float most = LOWEST;
    for (int t = team % ROW_TEAMS; t < TEAMS; t += ROW_TEAMS) most = fmax(most, maxima[t * RR + r]);
    const float share = EXP2(maximum[r] - most);
    if (works) {
#pragma unroll
      for (int i = 0; i < VE; ++i) scratch[team * D + lane * VE + i] = out[r][i] * share;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int c = item; c < ROW_TEAMS * D; c += LANES) {
      const int row = c / D * RR + r;
      float total = 0.0f;
      for (int t = c / D; t < TEAMS; t += ROW_TEAMS) total += scratch[t * D + c % D];
#if DIRECT
      float largest = LOWEST, shares = 0.0f;
      for (int t = c / D; t < TEAMS; t += ROW_TEAMS) largest = fmax(largest, maxima[t * RR + r]);
      for (int t = c / D; t < TEAMS; t += ROW_TEAMS) {
        shares = MULTIPLY_ADD(sums[t * RR + r], EXP2(maxima[t * RR + r] - largest), shares);
      }
      if (row < rows) {
        STORE(Q_TYPE)(shares > 0.0f ? total / shares : 0.0f, partial,
                      row_offset(row, batch, kv_head, s) + c % D);
      }
#else
      if (row < rows) partial[(result * RT + row) * D + c % D] = total;
#endif
    }
#if !DIRECT
    // The first team of each of the rows' teams.
    if (works && team < ROW_TEAMS && lane == 0 && row0 + r < rows) {
      float total = 0.0f;
      for (int t = team; t < TEAMS; t += ROW_TEAMS) {
        total = MULTIPLY_ADD(sums[t * RR + r], EXP2(maxima[t * RR + r] - most), total);
      }
      const ulong at = (head * RT + row0 + r) * get_num_groups(0) + get_group_id(0);
      ends[at] = most;
      ends[results * RT + at] = total;
    }
#endif
  }
}
