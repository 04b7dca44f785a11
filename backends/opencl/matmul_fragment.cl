// Matrix product by matrix instructions, for GPUs that have them. A work-group of GROUPS_M x GROUPS_N
// sub-groups computes TM x TN outputs; tiles of TILE_BYTES of k arrive in STAGES buffers of local
// memory, STAGES - 1 of them ahead (STAGES is 2 or more). Each sub-group holds (TM / GROUPS_M) x
// (TN / GROUPS_N) sums as fragments. Three stages of 128 x 128 x 64 bytes fill 48 KiB exactly.
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
#define STEPS (TILE_BYTES / FRAGMENT_BYTES)  // an even number

// Copies of a work-item, for a tile of so many rows: chunk item % CHUNKS of every (ITEMS / CHUNKS)-th
// row. Where they are read is known before the loop; finding it anew for each would cost more than the
// products.
#define COPIES(rows) (((rows)*CHUNKS + ITEMS - 1) / ITEMS)
#define COPY_ROW(i) ((item + (i)*ITEMS) / CHUNKS)
#define COPY_IN(rows, i) ((rows)*CHUNKS % ITEMS == 0 || COPY_ROW(i) < (rows))

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
  const int first = split * tiles_part;
  const int count = min(row_bytes / TILE_BYTES - first, tiles_part);
  const int at = item % CHUNKS * 16;
  __global const uchar *from_a[COPIES(TM)];
  __global const uchar *from_b[COPIES(TN)];
  UNROLLED for (int i = 0; i < COPIES(TM); ++i) {
    const ulong row = batch * m + min(row0 + COPY_ROW(i), m - 1);
    from_a[i] = a + row * row_bytes + (ulong)first * TILE_BYTES + at;
  }
  UNROLLED for (int i = 0; i < COPIES(TN); ++i) {
    const ulong row = batch * n + min(column0 + COPY_ROW(i), n - 1);
    from_b[i] = b + row * row_bytes + (ulong)first * TILE_BYTES + at;
  }

// The next tiles of both operands.
#define COPY_TILE(tile)                                                            \
  UNROLLED for (int i = 0; i < COPIES(TM); ++i) {                          \
    if (COPY_IN(TM, i)) copy_chunk(tile, TILE_OFFSET(COPY_ROW(i), at), from_a[i]);  \
    from_a[i] += TILE_BYTES;                                                        \
  }                                                                                 \
  UNROLLED for (int i = 0; i < COPIES(TN); ++i) {                          \
    if (COPY_IN(TN, i)) {                                                           \
      copy_chunk((tile) + TM * TILE_STRIDE, TILE_OFFSET(COPY_ROW(i), at), from_b[i]); \
    }                                                                               \
    from_b[i] += TILE_BYTES;                                                        \
  }

// A step's fragments of both operands.
#define LOAD_STEP(into, tile, byte)                                                            \
  UNROLLED for (int j = 0; j < COLUMNS_EACH; ++j) {                                    \
    y[into][j] = load_b_fragment((tile) + TM * TILE_STRIDE, sub_column + j * FRAGMENT_N, byte, \
                                 lane);                                                        \
  }                                                                                             \
  UNROLLED for (int i = 0; i < ROWS_EACH; ++i) {                                       \
    x[into][i] = load_a_fragment(tile, sub_row + i * FRAGMENT_M, byte, lane);                  \
  }

  c_fragment c[ROWS_EACH][COLUMNS_EACH];
  UNROLLED for (int i = 0; i < ROWS_EACH; ++i) {
    UNROLLED for (int j = 0; j < COLUMNS_EACH; ++j) c[i][j] = zero_fragment();
  }

  // One commit for each tile, also for those beyond the end, keeps the count of what is waited for.
  for (int t = 0; t < STAGES - 1; ++t) {
    if (t < count) {
      COPY_TILE(tiles + t * TILE_SIZE)
    }
    copies_commit();
  }
  // The fragments of a step are loaded while those of the step before are multiplied; between the
  // tile's last two steps the next tile has to be there.
  a_fragment x[2][ROWS_EACH];
  b_fragment y[2][COLUMNS_EACH];
  copies_wait(STAGES - 2);
  barrier(CLK_LOCAL_MEM_FENCE);
  LOAD_STEP(0, tiles, 0)
  for (int t = 0; t < count; ++t) {
    __local const uchar *tile = tiles + t % STAGES * TILE_SIZE;
    __local const uchar *next_tile = tiles + (t + 1) % STAGES * TILE_SIZE;
    UNROLLED for (int step = 0; step < STEPS; ++step) {
      if (step == STEPS - 1) {
        copies_wait(STAGES - 2);
        // The next tile is here, and nobody reads the one before this any more.
        barrier(CLK_LOCAL_MEM_FENCE);
        if (t + 1 < count) {
          LOAD_STEP((step + 1) % 2, next_tile, 0)
        }
      } else {
        LOAD_STEP((step + 1) % 2, tile, (step + 1) * FRAGMENT_BYTES)
      }
      if (step == 0) {
        if (t + STAGES - 1 < count) {
          COPY_TILE(tiles + (t + STAGES - 1) % STAGES * TILE_SIZE)
        }
        copies_commit();
      }
      UNROLLED for (int i = 0; i < ROWS_EACH; ++i) {
        UNROLLED for (int j = 0; j < COLUMNS_EACH; ++j) {
          c[i][j] = multiply_accumulate_fragment(c[i][j], x[step % 2][i], y[step % 2][j]);
        }
      }
    }
  }

#if SPLITS
  __global sum_t *partial = (__global sum_t *)out + (ulong)split * batches * m * n;
#define OUTPUT(sum) partial[index] = sum
#else
#define OUTPUT(sum) finish(sum, a_scale, b_scale, bias, out, batch, batch * n + column, index)
#endif
#ifdef FRAGMENT_SUMS
  // Each work-item knows row and column of its sums.
  UNROLLED for (int i = 0; i < ROWS_EACH; ++i) {
    UNROLLED for (int own = 0; own < FRAGMENT_OWN_ROWS; ++own) {
      const int row = row0 + sub_row + i * FRAGMENT_M + FRAGMENT_ROW(own, lane);
      if (row >= m) continue;
      const ulong first_index = (batch * m + row) * n;
      UNROLLED for (int j = 0; j < COLUMNS_EACH; ++j) {
        UNROLLED for (int e = 0; e < FRAGMENT_SUMS; ++e) {
          const int column = column0 + sub_column + j * FRAGMENT_N + FRAGMENT_COLUMN(e, lane);
          if (FRAGMENT_OWN(e) != own || column >= n) continue;
          const ulong index = first_index + column;
          OUTPUT(FRAGMENT_SUM(c[i][j], e));
        }
      }
    }
  }
#else
  copies_wait(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  // Through local memory, a fragment at a time, to where the epilogue knows row and column.
  __local sum_fragment *stage =
      (__local sum_fragment *)tiles + sub_group * FRAGMENT_M * FRAGMENT_N;
  UNROLLED for (int i = 0; i < ROWS_EACH; ++i) {
    UNROLLED for (int j = 0; j < COLUMNS_EACH; ++j) {
      store_fragment(c[i][j], stage, lane);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int e = lane; e < FRAGMENT_M * FRAGMENT_N; e += FRAGMENT_LANES) {
        const int row = row0 + sub_row + i * FRAGMENT_M + e / FRAGMENT_N;
        const int column = column0 + sub_column + j * FRAGMENT_N + e % FRAGMENT_N;
        if (row >= m || column >= n) continue;
        const ulong index = (batch * m + row) * n + column;
        OUTPUT(stage[e]);
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
#endif
}
