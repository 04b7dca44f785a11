// Matrix product with few rows (up to MR), for devices whose work-items are lanes: bound by reading
// the weights. A work-group of LANES x SLICES computes NR = LANES x COLUMNS columns: an item has
// COLUMNS of them, LANES apart, over every SLICES-th unit of k, so that a group reads a panel as one
// stream, 16 bytes an item at a time. Weights are asked for DEPTH units ahead of their use, across
// barriers; activations pass through local memory, CHUNK units at a time; the slices meet there.
#include "epilogue.cl"
#include "matmul_row_units.cl"

#define ITEMS (LANES * SLICES)
// Units that the group takes at a time.
#define ROUND (DEPTH * SLICES)
#define VIA_FLOAT (INTEGER && !TILE_INTEGER)
#define ROW_STRIDE (CHUNK * UNIT_STRIDE)
// Rows whose slices meet at a time.
#define ROWS_AT_ONCE (MR * COLUMNS <= 8 ? MR : 8 / COLUMNS)
#define MEETING (ROWS_AT_ONCE * COLUMNS * ITEMS)
#define SHARED (MEETING > MR * ROW_STRIDE ? MEETING : MR * ROW_STRIDE)

// What an item reads of a unit of its columns.
typedef struct {
  uint4 weights[COLUMNS];
#if GROUPED && UNIT_IN_GROUP
  ushort scale[COLUMNS];
  uchar zero[COLUMNS];
#endif
} unit_t;

typedef struct {
  __global const uint4 *weights;
  __global const ushort *scale;
  __global const uchar *zero;
  int lane, end, last_group;
} panel_t;

// Beyond the end it is the last unit, which then meets zeros: no branch, past which compilers would
// move a load to where it is too late.
__attribute__((always_inline)) void load_unit(panel_t p, int unit, unit_t *x) {
  unit = min(unit, p.end - 1);
#pragma unroll
  for (int c = 0; c < COLUMNS; ++c) {
    x->weights[c] = p.weights[(uint)unit * NR + c * LANES + p.lane];
#if GROUPED && UNIT_IN_GROUP
    // As they are stored: a conversion would wait for them.
    const uint at = (uint)unit * UNIT / GROUP * NR + c * LANES + p.lane;
    x->scale[c] = p.scale[at];
#ifdef ZERO_TYPE
    x->zero[c] = p.zero[at];
#else
    x->zero[c] = 0;
#endif
#endif
  }
}

#if !TILE_INTEGER
// Four steps of column c, from quad q of the unit on.
__attribute__((always_inline)) float4 weights_quad(panel_t p, const unit_t *x, int c, int unit, int q) {
  const float4 w = unit_quad(x->weights[c], q);
#if FRACTIONS
  const float zero = 8.0f * B_SIGNED + (float)x->zero[c];
  const float even = 1.0f + zero / 256.0f, odd = 1.0f + zero / 16.0f;
  return w - (float4)(even, odd, even, odd);
#elif GROUPED && UNIT_IN_GROUP
  return w - (LESS + (float)x->zero[c]);
#elif GROUPED
  // Groups end within a unit.
  float scale[4], less[4];
  for (int i = 0; i < 4; ++i) {
    const int g = min((unit * UNIT + q * 4 + i) / GROUP, p.last_group);
    const uint at = (uint)g * NR + c * LANES + p.lane;
    scale[i] = half_value(p.scale[at]);
#ifdef ZERO_TYPE
    less[i] = LESS + (float)p.zero[at];
#else
    less[i] = LESS;
#endif
  }
  return (w - vload4(0, less)) * vload4(0, scale);
#elif B_BYTES == 1
  return w - LESS;
#else
  return w;
#endif
}
#endif

// Adds the unit's products with all rows, whose activations begin at a.
__attribute__((always_inline)) void add_unit(panel_t p, const unit_t *x, __local const c_unit *a,
                                             int unit, sum_t sums[MR][COLUMNS]) {
#if TILE_INTEGER
#pragma unroll
  for (int r = 0; r < MR; ++r) {
    const uint4 y = *(__local const uint4 *)(a + r * ROW_STRIDE);
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) {
      const uint4 w = x->weights[c];
      sums[r][c] = multiply_accumulate(sums[r][c], y.x, w.x);
      sums[r][c] = multiply_accumulate(sums[r][c], y.y, w.y);
      sums[r][c] = multiply_accumulate(sums[r][c], y.z, w.z);
      sums[r][c] = multiply_accumulate(sums[r][c], y.w, w.w);
    }
  }
#else
#if VIA_FLOAT || (GROUPED && UNIT_IN_GROUP)
#define APART 1
  // A unit's own sums: integers are exact in them, and a group's scale is applied once.
  float apart[MR][COLUMNS];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) apart[r][c] = 0.0f;
  }
#define TO apart
#else
#define TO sums
#endif
#pragma unroll
  for (int q = 0; q < UNIT_QUADS; ++q) {
    float4 w[COLUMNS];
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) w[c] = weights_quad(p, x, c, unit, q);
#pragma unroll
    for (int r = 0; r < MR; ++r) {
      const float4 y = *(__local const float4 *)(a + r * ROW_STRIDE + q * 4);
#pragma unroll
      for (int c = 0; c < COLUMNS; ++c) {
        TO[r][c] = MULTIPLY_ADD(y.x, w[c].x, TO[r][c]);
        TO[r][c] = MULTIPLY_ADD(y.y, w[c].y, TO[r][c]);
        TO[r][c] = MULTIPLY_ADD(y.z, w[c].z, TO[r][c]);
        TO[r][c] = MULTIPLY_ADD(y.w, w[c].w, TO[r][c]);
      }
    }
  }
#ifdef APART
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) {
#if VIA_FLOAT
      sums[r][c] += (int)apart[r][c];
#else
      const float scale = half_value(x->scale[c]) * (FRACTIONS ? FRACTION : 1.0f);
      sums[r][c] = MULTIPLY_ADD(apart[r][c], scale, sums[r][c]);
#endif
    }
  }
#endif
#endif
}

// Activations of CHUNK units from unit on, as far as whole rounds of the group go; zero beyond the
// matrix and from `end` on.
__attribute__((always_inline)) void stage(__global const uchar *a, ulong batch, int item, int unit,
                                          int end, int m, int k, __local c_unit *to) {
#if TILE_INTEGER
  const int each = 4, places = 1;  // steps of an item at a time, and numbers that they fill
#else
  const int each = A_WIDE, places = A_WIDE;
#endif
  const int units = min(CHUNK, (end - unit + ROUND - 1) / ROUND * ROUND);
  const int left = min(k - unit * UNIT, (end - unit) * UNIT);
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll 4
    for (int s = item * each; s < units * UNIT; s += ITEMS * each) {
      __local c_unit *at = to + r * ROW_STRIDE + s / UNIT * UNIT_STRIDE + s % UNIT / each * places;
      // No branch here either.
      const int step = min(unit * UNIT + s, (k - 1) / each * each);
      staged_t x = staged(a, batch, min(r, m - 1), step, m, k);
      x = r < m && s < left ? x : (staged_t)(0);
#if FRACTIONS && A_WIDE == 4
      x *= (float4)(1.0f, 0.0625f, 1.0f, 0.0625f);
#elif FRACTIONS
      if (s % 2 != 0) x *= 0.0625f;
#endif
      *(__local staged_t *)at = x;
    }
  }
}

// Global size: LANES panels, SLICES, batch x splits; arguments as for matmul_packed,
// whose blocks mean nothing here. k_part is a multiple of UNIT.
__kernel __attribute__((reqd_work_group_size(LANES, SLICES, 1))) void matmul_rows(
    __global const uchar *a, __global const uchar *b, __global const int *column_sum,
    __global const float *a_scale, __global const float *b_scale,
    __global const uchar *group_scale, __global const uchar *group_zero,
    __global const float *bias, __global void *out, int m, int n, int k, int group, int row_block,
    int column_block, int k_part, int batches) {
  __local __attribute__((aligned(16))) c_unit shared[SHARED];
  const int lane = (int)get_local_id(0);
  const int slice = (int)get_local_id(1);
  const int item = slice * LANES + lane;
  const int split = (int)get_group_id(2) / batches;
  const ulong batch = get_group_id(2) % batches;
  const ulong panel_index = batch * get_num_groups(0) + get_group_id(0);
  panel_t panel;
  panel.weights = (__global const uint4 *)b + panel_index * ROW_UNITS(k) * NR;
  panel.scale = (__global const ushort *)group_scale;
  panel.zero = group_zero;
  panel.lane = lane;
  panel.end = ROW_UNITS(min(k, (split + 1) * k_part));
  panel.last_group = 0;
#if GROUPED
  const ulong first_scale = panel_index * (k / GROUP) * NR;
  panel.scale += first_scale;
  panel.zero += first_scale;
  panel.last_group = k / GROUP - 1;
#endif

  sum_t sums[MR][COLUMNS];
#pragma unroll
  for (int r = 0; r < MR; ++r) {
#pragma unroll
    for (int c = 0; c < COLUMNS; ++c) sums[r][c] = 0;
  }
  const int begin = split * k_part / UNIT;
  unit_t next[DEPTH];
#pragma unroll
  for (int d = 0; d < DEPTH; ++d) load_unit(panel, begin + slice + d * SLICES, &next[d]);
  for (int chunk = begin; chunk < panel.end; chunk += CHUNK) {
    if (chunk > begin) barrier(CLK_LOCAL_MEM_FENCE);
    stage(a, batch, item, chunk, panel.end, m, k, shared);
    barrier(CLK_LOCAL_MEM_FENCE);
    const int last = min(chunk + CHUNK, panel.end);
    for (int start = chunk; start < last; start += ROUND) {
#pragma unroll
      for (int d = 0; d < DEPTH; ++d) {
        const int at = start + d * SLICES + slice;
        add_unit(panel, &next[d], shared + (at - chunk) * UNIT_STRIDE, at, sums);
        load_unit(panel, at + ROUND, &next[d]);
      }
    }
  }

#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#endif
  __local sum_t *meeting = (__local sum_t *)shared;
#pragma unroll
  for (int first = 0; first < MR; first += ROWS_AT_ONCE) {
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int r = 0; r < ROWS_AT_ONCE; ++r) {
#pragma unroll
      for (int c = 0; c < COLUMNS; ++c) {
        meeting[(r * SLICES + slice) * NR + c * LANES + lane] = sums[first + r][c];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int e = item; e < ROWS_AT_ONCE * NR; e += ITEMS) {
      const int row = first + e / NR;
      const ulong column = get_group_id(0) * NR + e % NR;
      if (row >= m || column >= (ulong)n) continue;
      sum_t sum = 0;
#pragma unroll 8
      for (int i = 0; i < SLICES; ++i) sum += meeting[(e / NR * SLICES + i) * NR + e % NR];
      const ulong index = (batch * m + row) * n + column;
#if SPLITS
      partial[index] = sum;
#else
      finish(sum, a_scale, b_scale, bias, out, batch, batch * n + column, index);
#endif
    }
  }
}
