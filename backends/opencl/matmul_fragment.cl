// Matrix product by matrix instructions, for GPUs that have them. A work-group of GROUPS_M x GROUPS_N
// sub-groups computes TM x TN outputs; tiles of TILE_BYTES of k arrive in STAGES buffers of local
// memory, STAGES - 1 of them ahead (STAGES is 2 or more). Each sub-group holds (TM / GROUPS_M) x (TN / GROUPS_N) sums as
// fragments. Three stages of 128 x 128 x 64 bytes fill 48 KiB exactly.
//
// a: [batch][m] rows of `row_bytes`, a multiple of TILE_BYTES, zero beyond k; b: [batch][n] likewise.
// Rows beyond m or n are read from the last one; their sums go nowhere.
#include "epilogue.cl"
#include "fragment.cl"

#define SUB_GROUPS (GROUPS_M * GROUPS_N)
#define ITEMS (SUB_GROUPS * FRAGMENT_LANES)
#define ROWS_EACH (TM / GROUPS_M / FRAGMENT_M)
#define COLUMNS_EACH (TN / GROUPS_N / FRAGMENT_N)
#define TILE_SIZE ((TM + TN) * TILE_STRIDE)
#define CHUNKS (TILE_BYTES / 16)

void copy_rows(__local uchar *tile, __global const uchar *matrix, ulong row_bytes, int row0,
               int rows, int last, ulong byte, int item) {
  for (int e = item; e < rows * CHUNKS; e += ITEMS) {
    const int row = e / CHUNKS;
    const int at = e % CHUNKS * 16;
    copy_chunk(tile, TILE_OFFSET(row, at),
               matrix + (ulong)min(row0 + row, last) * row_bytes + byte + at);
  }
}

// Global size: ITEMS ceil(m / TM) ceil(n / TN), 1, batch x splits. Work-groups next to each other take
// rows of the same columns, in bands of `band` column tiles, so that they share what caches hold.
__kernel FRAGMENT_ATTRIBUTE __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void matmul_fragment(
    __global const uchar *a, __global const uchar *b, __global const float *a_scale,
    __global const float *b_scale, __global const float *bias, __global void *out, int m, int n,
    int row_bytes, int band, int tiles_part, int batches) {
  __local __attribute__((aligned(128))) uchar tiles[STAGES * TILE_SIZE];
  const int item = (int)get_local_id(0);
  const int lane = item % FRAGMENT_LANES;
  const int sub_group = item / FRAGMENT_LANES;
  const int split = (int)get_global_id(2) / batches;
  const ulong batch = get_global_id(2) % batches;
  const int row_tiles = (m + TM - 1) / TM;
  const int column_tiles = (n + TN - 1) / TN;
  const int first_column = (int)get_group_id(0) / (row_tiles * band) * band;
  const int width = min(band, column_tiles - first_column);
  const int within = (int)get_group_id(0) % (row_tiles * band);
  const int row0 = within / width * TM;
  const int column0 = (first_column + within % width) * TN;
  const int sub_row = sub_group / GROUPS_N * (TM / GROUPS_M);
  const int sub_column = sub_group % GROUPS_N * (TN / GROUPS_N);
  a += batch * m * (ulong)row_bytes;
  b += batch * n * (ulong)row_bytes;
  const int first = split * tiles_part;
  const int count = min(row_bytes / TILE_BYTES - first, tiles_part);

  c_fragment c[ROWS_EACH][COLUMNS_EACH];
#pragma unroll
  for (int i = 0; i < ROWS_EACH; ++i) {
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; ++j) c[i][j] = zero_fragment();
  }

  // One commit for each tile, also for those beyond the end, keeps the count of what is waited for.
  for (int t = 0; t < STAGES - 1; ++t) {
    if (t < count) {
      __local uchar *tile = tiles + t * TILE_SIZE;
      const ulong byte = (ulong)(first + t) * TILE_BYTES;
      copy_rows(tile, a, row_bytes, row0, TM, m - 1, byte, item);
      copy_rows(tile + TM * TILE_STRIDE, b, row_bytes, column0, TN, n - 1, byte, item);
    }
    copies_commit();
  }
  for (int t = 0; t < count; ++t) {
    copies_wait(STAGES - 2);
    barrier(CLK_LOCAL_MEM_FENCE);
    const int ahead = t + STAGES - 1;
    if (ahead < count) {
      __local uchar *tile = tiles + ahead % STAGES * TILE_SIZE;
      const ulong byte = (ulong)(first + ahead) * TILE_BYTES;
      copy_rows(tile, a, row_bytes, row0, TM, m - 1, byte, item);
      copy_rows(tile + TM * TILE_STRIDE, b, row_bytes, column0, TN, n - 1, byte, item);
    }
    copies_commit();
    __local const uchar *a_tile = tiles + t % STAGES * TILE_SIZE;
    __local const uchar *b_tile = a_tile + TM * TILE_STRIDE;
#pragma unroll
    for (int byte = 0; byte < TILE_BYTES; byte += FRAGMENT_BYTES) {
      b_fragment y[COLUMNS_EACH];
#pragma unroll
      for (int j = 0; j < COLUMNS_EACH; ++j) {
        y[j] = load_b_fragment(b_tile, sub_column + j * FRAGMENT_N, byte, lane);
      }
#pragma unroll
      for (int i = 0; i < ROWS_EACH; ++i) {
        const a_fragment x = load_a_fragment(a_tile, sub_row + i * FRAGMENT_M, byte, lane);
#pragma unroll
        for (int j = 0; j < COLUMNS_EACH; ++j) {
          c[i][j] = multiply_accumulate_fragment(c[i][j], x, y[j]);
        }
      }
    }
  }
  copies_wait(0);
  barrier(CLK_LOCAL_MEM_FENCE);

  // Through local memory, a fragment at a time, to where the epilogue knows row and column.
  __local sum_fragment *stage =
      (__local sum_fragment *)tiles + sub_group * FRAGMENT_M * FRAGMENT_N;
#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#endif
#pragma unroll
  for (int i = 0; i < ROWS_EACH; ++i) {
#pragma unroll
    for (int j = 0; j < COLUMNS_EACH; ++j) {
      store_fragment(c[i][j], stage, lane);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int e = lane; e < FRAGMENT_M * FRAGMENT_N; e += FRAGMENT_LANES) {
        const int row = row0 + sub_row + i * FRAGMENT_M + e / FRAGMENT_N;
        const int column = column0 + sub_column + j * FRAGMENT_N + e % FRAGMENT_N;
        if (row >= m || column >= n) continue;
        const ulong index = (batch * m + row) * n + column;
#if SPLITS
        partial[index] = stage[e];
#else
        finish(stage[e], a_scale, b_scale, bias, out, batch, batch * n + column, index);
#endif
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
}
