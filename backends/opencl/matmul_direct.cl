// Matrix product with few rows (up to MR) and quantised weights: bound by reading the weights, which
// are used straight from memory; scales are applied to the sums of a group. A work-item computes
// column_block columns, KB steps of k at a time.
//
// w = (q - zero) scale gives sum a w = scale (sum a q - zero sum a). With 16-bit activations a nibble
// q is read as 128 + q, which takes one operation; what that adds is taken away with the zero point.
#include "epilogue.cl"
#include "matmul_activations.cl"
#include "matmul_weights.cl"

#if NIBBLES && A_BITS == 16
#define Q_OFFSET (128.0f + NIBBLE_ZERO)
#elif NIBBLES
#define Q_OFFSET NIBBLE_ZERO
#else
#define Q_OFFSET 0.0f
#endif

#if NIBBLES
// Steps 2 p and 2 p + 1 of 8, each with its Q_OFFSET.
#if K_UNIT == 2
b_unit nibble_pair(uintv word, int p) {
  return ((word >> (uint)(4 * p)) & 0x000F000Fu) | 0x43004300u;
}
#elif A_BITS == 16
floatv nibble_float(uintv word, int i) {
  const int p = i >> 1;
  const uintv placed = (i & 1) != 0 ? word >> (uint)(4 * p) : word << (uint)(16 - 4 * p);
  return as_floatv((placed & 0x000F0000u) | 0x43000000u);
}
#else
floatv nibble_float(uintv word, int i) { return nibble_step(word, i); }
#endif
#endif

// Sums that few rows spread over, so that one multiply-add needn't wait for the one before.
#define CHAINS (MR <= 2 ? 4 : 2)

// The sums of 8 steps from `step` for nibbles, else of CHAINS; `unit` is theirs in a's rows.
void add_steps(c_unit sums[CHAINS][MR][NV], const a_unit *a, __global const uchar *b, int step,
               int unit) {
#if NIBBLES
#pragma unroll
  for (int v = 0; v < NV; ++v) {
    const uintv word = vloadv(step / 8 * NV + v, (__global const uint *)b);
#pragma unroll
    for (int i = 0; i < 8 / K_UNIT; ++i) {
#if K_UNIT == 2
      const b_unit x = nibble_pair(word, i);
#else
      const b_unit x = nibble_float(word, i);
#endif
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        sums[i % CHAINS][r][v] =
            multiply_accumulate(sums[i % CHAINS][r][v], a[r * KS + unit + i], x);
      }
    }
  }
#else
#pragma unroll
  for (int i = 0; i < CHAINS; ++i) {
#pragma unroll
    for (int v = 0; v < NV; ++v) {
      const b_unit x = LOAD_VECTOR(B_TYPE)(b, (ulong)(step + i) * NV + v);
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        sums[i][r][v] = multiply_accumulate(sums[i][r][v], a[r * KS + unit + i], x);
      }
    }
  }
#endif
}

// The sum of the elements of `units` units at a.
float sum_of(const a_unit *a, int units) {
  floatv sums = (floatv)(0.0f);
  float sum = 0.0f;
  int u = 0;
#if K_UNIT == 1
  for (; u + VW <= units; u += VW) sums += vloadv(0, a + u);
  for (; u < units; ++u) sum += a[u];
#else
  for (; u + VW <= units; u += VW) {
    const uintv pair = vloadv(0, a + u);
    sums += as_floatv(pair << 16) + as_floatv(pair & 0xffff0000u);
  }
  for (; u < units; ++u) sum += as_float(a[u] << 16) + as_float(a[u] & 0xffff0000u);
#endif
  float lanes[VW];
  vstorev(sums, 0, lanes);
  for (int i = 0; i < VW; ++i) sum += lanes[i];
  return sum;
}

#if NIBBLES
#define STEPS 8
#else
#define STEPS CHAINS
#endif

// How many of the `most` steps from `step` on belong to its group.
int segment(int step, int group, int most) { return min(most, (step / group + 1) * group - step); }

// Adds the products of steps [step, step + steps) with a panel's weights to MR rows of sums at c.
__attribute__((always_inline)) void add_panel(const a_unit *a, __global const uchar *weights,
                                              __global const uchar *scales,
                                              __global const uchar *zeros, const float *total,
                                              int step, int steps, int group, float *c) {
  floatv out[MR][NV];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int v = 0; v < NV; ++v) out[r][v] = vloadv(v, c + r * NB);
  }
  for (int s = 0; s < steps; total += MR) {
    const int g = (step + s) / group;
    const int stop = s + segment(step + s, group, steps - s);
    c_unit sums[CHAINS][MR][NV];
#pragma unroll
    for (int chain = 0; chain < CHAINS; ++chain) {
#pragma unroll
      for (int r = 0; r < MR; ++r) {
#pragma unroll
        for (int v = 0; v < NV; ++v) sums[chain][r][v] = (c_unit)(0);
      }
    }
    for (; s + STEPS <= stop; s += STEPS) add_steps(sums, a, weights, step + s, s / K_UNIT);
#if !NIBBLES
    for (; s < stop; ++s) {
#pragma unroll
      for (int v = 0; v < NV; ++v) {
        const b_unit x = LOAD_VECTOR(B_TYPE)(weights, (ulong)(step + s) * NV + v);
#pragma unroll
        for (int r = 0; r < MR; ++r) {
          sums[0][r][v] = multiply_accumulate(sums[0][r][v], a[r * KS + s], x);
        }
      }
    }
#endif
#pragma unroll
    for (int v = 0; v < NV; ++v) {
      const floatv scale = LOAD_VECTOR(f16)(scales, (ulong)g * NV + v);
      const floatv zero = ZERO_POINT(zeros, (ulong)g * NV + v) + Q_OFFSET;
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        floatv sum = sums[0][r][v] - zero * total[r];
#pragma unroll
        for (int chain = 1; chain < CHAINS; ++chain) sum += sums[chain][r][v];
        out[r][v] = MULTIPLY_ADD(scale, sum, out[r][v]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int v = 0; v < NV; ++v) vstorev(out[r][v], v, c + r * NB);
  }
}

// Global size: ceil(n / column_block), 1, batch x splits; the rest as for matmul_packed.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void matmul_direct(
    __global const uchar *a, __global const uchar *b, __global const int *column_sum,
    __global const float *a_scale, __global const float *b_scale,
    __global const uchar *group_scale, __global const uchar *group_zero,
    __global const float *bias, __global void *out, int m, int n, int k, int group, int row_block,
    int column_block, int k_part, int batches) {
  const int column0 = (int)get_global_id(0) * column_block;
  const int split = (int)get_global_id(2) / batches;
  const ulong batch = get_global_id(2) % batches;
  const int columns = min(column_block, n - column0);
  const ulong first_panel = batch * ((n + NR - 1) / NR) + column0 / NR;
  const int end = min(k, (split + 1) * k_part);

  a_unit a_block[MR * KS];
  float totals[KB * MR];  // of each segment: as far as one group reaches
  float c[MR * NB];
  for (int i = 0; i < MR * NB; ++i) c[i] = 0.0f;
  for (int step = split * k_part; step < end; step += KB) {
    const int steps = min(KB, end - step);
    load_activations(a, batch, 0, m, MR, step, steps, m, k, a_block);
    float *total = totals;
    for (int s = 0; s < steps; total += MR) {
      const int left = segment(step + s, group, steps - s);
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        total[r] = sum_of(a_block + r * KS + s / K_UNIT, (left + K_UNIT - 1) / K_UNIT);
      }
      s += left;
    }
    // A panel at a time, so that memory is read in long runs.
    for (int j = 0; j < columns; j += NR) {
      const ulong panel = first_panel + j / NR;
      const ulong first_scale = panel * (k / group) * NR;
      add_panel(a_block, b + panel * PANEL_BYTES(k), group_scale + 2 * first_scale,
                group_zero + first_scale, totals, step, steps, group, c + j);
    }
  }
#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#endif
  for (int i = 0; i < m; ++i) {
    const ulong index = (batch * m + i) * n + column0;
    for (int j = 0; j < columns; ++j) {
#if SPLITS
      partial[index + j] = c[i * NB + j];
#else
      finish(c[i * NB + j], a_scale, b_scale, bias, out, batch, batch * n + column0 + j, index + j);
#endif
    }
  }
}
