// Matrix product with few rows (up to MR) and quantised weights: bound by reading the weights, which
// are used straight from memory; scales are applied to the sums of a group. A work-item computes
// column_block columns, KB steps of k at a time.
//
// w = (q - zero) scale gives sum a w = scale sum a (q - zero). The difference is taken before it is
// multiplied, which is exact; zero sum a taken from sum a q would be as wrong as these are large.
#include "epilogue.cl"
#include "matmul_activations.cl"
#include "matmul_weights.cl"

// What is taken from the elements of VW columns in a group.
#if NIBBLES && K_UNIT == 2
typedef uintv less_t;  // modulo 32, in both halves

less_t less_of(__global const uchar *zeros, ulong i) {
#ifdef ZERO_TYPE
  const uintv zero = convert_uintv(vloadv(i, zeros));
  return ((uintv)(32u) - zero) * 0x00010001u;
#else
  return (uintv)(0u);
#endif
}

// bf16 of small integers that are counted modulo 32: the lowest is -8 without, -23 with a zero point
// where elements are signed, else 0 or -15.
float element_of(int i) {
#ifdef ZERO_TYPE
  return (float)(i < (B_SIGNED ? 8 : 16) ? i : i - 32);
#else
  return (float)(i % 16) - NIBBLE_ZERO;
#endif
}

// 32 of them for nibble_pair. What lies in the low five bits of a place is a nibble, with 8 added where
// they are signed, and without zero points one bit of the next.
uintv nibble_table(void) {
  uint table[VW];
  for (int i = 0; i < VW; ++i) {
#ifdef ZERO_TYPE
    const int first = 2 * i - (B_SIGNED ? 8 : 0);
    const float even = element_of(first & 31), odd = element_of((first + 1) & 31);
#else
    const float even = element_of(2 * i), odd = element_of(2 * i + 1);
#endif
    table[i] = (as_uint(even) >> 16) | (as_uint(odd) & 0xffff0000u);
  }
  return vloadv(0, table);
}

// Steps 2 p and 2 p + 1 of 8.
b_unit nibble_pair(uintv word, int p, uintv table, less_t less) {
#ifdef ZERO_TYPE
  return look_up_pairs(table, ((word >> (uint)(4 * p)) & 0x000F000Fu) + less);
#else
  return look_up_pairs(table, word >> (uint)(4 * p));
#endif
}
#else
typedef floatv less_t;

less_t less_of(__global const uchar *zeros, ulong i) {
#if NIBBLES
  return ZERO_POINT(zeros, i) + (8388608.0f + NIBBLE_ZERO);
#else
  return ZERO_POINT(zeros, i);
#endif
}

#if NIBBLES
// Step i of 8: a number below 2^23 in the mantissa of 2^23 is that much more.
floatv nibble_element(uintv word, int i, less_t less) {
  const uint shift = (uint)((i >> 1) * 4 + (i & 1) * 16);
  return as_floatv(((word >> shift) & 15u) | 0x4B000000u) - less;
}
#else
floatv byte_element(__global const uchar *b, ulong i, less_t less) {
#ifdef ZERO_TYPE
  return LOAD_VECTOR(B_TYPE)(b, i) - less;
#else
  return LOAD_VECTOR(B_TYPE)(b, i);
#endif
}
#endif
#endif

// Sums that few rows spread over, so that one multiply-add needn't wait for the one before.
#define CHAINS (MR <= 2 ? 4 : 2)

// The sums of 8 steps from `step` for nibbles, else of CHAINS; `unit` is theirs in a's rows.
__attribute__((always_inline)) void add_steps(c_unit sums[CHAINS][MR][NV], const a_unit *a,
                                              __global const uchar *b, const less_t *less,
                                              uintv table, int step, int unit) {
#if NIBBLES
#pragma unroll
  for (int v = 0; v < NV; ++v) {
    const uintv word = vloadv(step / 8 * NV + v, (__global const uint *)b);
#pragma unroll
    for (int i = 0; i < 8 / K_UNIT; ++i) {
#if K_UNIT == 2
      const b_unit x = nibble_pair(word, i, table, less[v]);
#else
      const b_unit x = nibble_element(word, i, less[v]);
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
      const b_unit x = byte_element(b, (ulong)(step + i) * NV + v, less[v]);
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        sums[i][r][v] = multiply_accumulate(sums[i][r][v], a[r * KS + unit + i], x);
      }
    }
  }
#endif
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
                                              __global const uchar *zeros, uintv table, int step,
                                              int steps, int group, float *c) {
  floatv out[MR][NV];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int v = 0; v < NV; ++v) out[r][v] = vloadv(v, c + r * NB);
  }
  for (int s = 0; s < steps;) {
    const int g = (step + s) / group;
    const int stop = s + segment(step + s, group, steps - s);
    less_t less[NV];
#pragma unroll
    for (int v = 0; v < NV; ++v) less[v] = less_of(zeros, (ulong)g * NV + v);
    c_unit sums[CHAINS][MR][NV];
#pragma unroll
    for (int chain = 0; chain < CHAINS; ++chain) {
#pragma unroll
      for (int r = 0; r < MR; ++r) {
#pragma unroll
        for (int v = 0; v < NV; ++v) sums[chain][r][v] = (c_unit)(0);
      }
    }
    for (; s + STEPS <= stop; s += STEPS) {
      add_steps(sums, a, weights, less, table, step + s, s / K_UNIT);
    }
#if !NIBBLES
    for (; s < stop; ++s) {
#pragma unroll
      for (int v = 0; v < NV; ++v) {
        const b_unit x = byte_element(weights, (ulong)(step + s) * NV + v, less[v]);
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
#pragma unroll
      for (int r = 0; r < MR; ++r) {
        floatv sum = sums[0][r][v];
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
#if NIBBLES && K_UNIT == 2
  const uintv table = nibble_table();
#else
  const uintv table = (uintv)(0u);
#endif
  float c[MR * NB];
  for (int i = 0; i < MR * NB; ++i) c[i] = 0.0f;
  for (int step = split * k_part; step < end; step += KB) {
    const int steps = min(KB, end - step);
    load_activations(a, batch, 0, m, MR, step, steps, m, k, a_block);
    // A panel at a time, so that memory is read in long runs.
    for (int j = 0; j < columns; j += NR) {
      const ulong panel = first_panel + j / NR;
      const ulong first_scale = panel * (k / group) * NR;
      add_panel(a_block, b + panel * PANEL_BYTES(k), group_scale + 2 * first_scale,
                group_zero + first_scale, table, step, steps, group, c + j);
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
