// Flash attention by matrix instructions (fragment.cl), for f16 and bf16: a sub-group has ROW_TILES
// times FRAGMENT_M rows, whose queries, scores, weights and outputs stay in its registers; a work-group
// of TEAMS sub-groups shares blocks of KB keys and their values in local memory. The next block is on
// its way while one is used. Two blocks have room for the queries, which pass through there first.
//
// Needs of the path's file, besides what fragment.cl lists:
//   FRAGMENT_SUMS, FRAGMENT_SUM(c, i)   how many sums of a fragment a work-item holds, the i-th
//   FRAGMENT_COLUMN(i, lane)            its column
//   FRAGMENT_OWN_ROWS, FRAGMENT_OWN(i)  rows that an item has sums of; which of them the i-th is in
//   FRAGMENT_ROW(own, lane)             where that row is
//   row_maximum(x), row_total(x)        over the items that have sums of the same row
//   rounded_fragment(c)                 sums as an a_fragment
//   load_turned_fragment(tile, row, byte, lane)   a b_fragment with k down the tile's rows
//   fragment_exp2(x)                    2^x for x <= 0, 0 far below
#include "attention.cl"
#include "fragment.cl"

#define ITEMS (TEAMS * FRAGMENT_LANES)
#define TEAM_ROWS (ROW_TILES * FRAGMENT_M)
#define TQ (TEAMS * TEAM_ROWS)
#define TILE_ELEMENTS (TILE_BYTES / 2)
#define CHUNK 8  // elements of 16 bytes
// Tiles of a row of D elements, and columns with those beyond D, which are zero.
#define TILES ((D + TILE_ELEMENTS - 1) / TILE_ELEMENTS)
#define WIDTH (TILES * TILE_ELEMENTS)
#define STEPS (TILE_BYTES / FRAGMENT_BYTES)
#define BLOCK_BYTES (TILES * KB * TILE_STRIDE)
#define QUERY_BYTES (TILES * TQ * TILE_STRIDE)
#define LOCAL_BYTES (QUERY_BYTES > 4 * BLOCK_BYTES ? QUERY_BYTES : 4 * BLOCK_BYTES)

// Where a maximum starts: finite, so that no difference is infinity - infinity.
#define LOWEST -3.0e38f
// By how much scores may exceed the maximum that weights are relative to, in powers of two: far from
// f16's largest number.
#define LAG 8.0f

#define CHUNKS (TILE_BYTES / 16)

// Copies `rows` rows of D elements, row r from token + min(r, last), as TILES tiles of `rows` rows. An
// item copies the same chunk of all tiles of a row.
void copy_rows(__local uchar *tiles, int rows, __global const ushort *from, ulong token, int last,
               int item) {
  UNROLLED for (int e = item; e < rows * CHUNKS; e += ITEMS) {
    const int row = e / CHUNKS;
    const int column = e % CHUNKS * CHUNK;
    const int offset = TILE_OFFSET(row, column * 2);
    __global const ushort *chunk = from + (token + min(row, last)) * D + column;
    UNROLLED for (int t = 0; t < TILES; ++t) {
      __local uchar *tile = tiles + t * rows * TILE_STRIDE;
      if (D % TILE_ELEMENTS == 0 || t * TILE_ELEMENTS + column < D) {
        copy_chunk(tile, offset, (__global const uchar *)(chunk + t * TILE_ELEMENTS));
      } else {
        *(__local uint4 *)(tile + offset) = (uint4)(0);
      }
    }
  }
}

// Global size: ITEMS kv_heads, ceil(q_len * group / TQ), batch.
__kernel FRAGMENT_ATTRIBUTE __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
attention_fragment(__global const ushort *q, __global const ushort *k, __global const ushort *v,
                   __global void *out, int heads, int kv_heads, int q_len, int kv_len,
                   float scale) {
  // Keys, then values, of two blocks; before that the queries.
  __local __attribute__((aligned(128))) uchar tiles[LOCAL_BYTES];
  const shape s = {heads, kv_heads, heads / kv_heads, q_len, kv_len};
  const int item = (int)get_local_id(0);
  const int team = item / FRAGMENT_LANES;
  const int lane = item % FRAGMENT_LANES;
  const int kv_head = (int)get_group_id(0);
  const ulong batch = get_group_id(2);
  // The rows that see most come first: what is left at the end is short.
  const int row0 = ((int)get_num_groups(1) - 1 - (int)get_group_id(1)) * TQ;
  const int rows = min(TQ, q_len * s.group - row0);
  const int team_row = team * TEAM_ROWS;
  const ulong first_token = (batch * kv_heads + kv_head) * kv_len;
  const int limit = visible(row0 + rows - 1, s);
  // Rows beyond the last are the last one again; nobody stores them.
  const int team_limit = visible(row0 + min(team_row + TEAM_ROWS, rows) - 1, s);

  UNROLLED for (int e = item; e < TQ * (WIDTH / CHUNK); e += ITEMS) {
    const int row = e / (WIDTH / CHUNK);
    const int i = e % (WIDTH / CHUNK) * CHUNK;
    __local uchar *to = tiles + i / TILE_ELEMENTS * TQ * TILE_STRIDE +
                        TILE_OFFSET(row, i % TILE_ELEMENTS * 2);
    const ulong from = row_offset(row0 + min(row, rows - 1), batch, kv_head, s) + i;
    *(__local uint4 *)to = i < D ? *(__global const uint4 *)(q + from) : (uint4)(0);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  a_fragment query[ROW_TILES][TILES * STEPS];
  UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
    UNROLLED for (int step = 0; step < TILES * STEPS; ++step) {
      query[t][step] =
          load_a_fragment(tiles + step / STEPS * TQ * TILE_STRIDE, team_row + t * FRAGMENT_M,
                          step % STEPS * FRAGMENT_BYTES, lane);
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (limit > 0) {
    copy_rows(tiles, KB, k, first_token, limit - 1, item);
    copy_rows(tiles + BLOCK_BYTES, KB, v, first_token, limit - 1, item);
  }
  copies_commit();

  c_fragment o[ROW_TILES][WIDTH / FRAGMENT_N];
  float maximum[ROW_TILES][FRAGMENT_OWN_ROWS], sum[ROW_TILES][FRAGMENT_OWN_ROWS];
  int seen[ROW_TILES][FRAGMENT_OWN_ROWS];  // keys that an own row sees
  UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
    UNROLLED for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) o[t][n] = zero_fragment();
    UNROLLED for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
      const int row = team_row + t * FRAGMENT_M + FRAGMENT_ROW(w, lane);
      maximum[t][w] = LOWEST;
      sum[t][w] = 0.0f;
      seen[t][w] = visible(row0 + min(row, rows - 1), s);
    }
  }

  __local uchar *keys = tiles;
  __local uchar *others = tiles + 2 * BLOCK_BYTES;
  // First the blocks that every row sees whole, then those that need the mask: code of its own for
  // each, which is why the loop over both is unrolled.
  int key = 0;
  UNROLLED for (int masked = 0; masked < 2; ++masked) {
    const int end = masked ? limit : visible(row0, s) / KB * KB;
    for (; key < end; key += KB) {
      copies_wait(0);
      barrier(CLK_LOCAL_MEM_FENCE);  // this block is here, and nobody reads the other any more
      if (key + KB < limit) {
        const ulong token = first_token + key + KB;
        copy_rows(others, KB, k, token, limit - 1 - key - KB, item);
        copy_rows(others + BLOCK_BYTES, KB, v, token, limit - 1 - key - KB, item);
      }
      copies_commit();
      if (!masked || key < team_limit) {
        c_fragment score[ROW_TILES][KB / FRAGMENT_N];
        UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
          UNROLLED for (int n = 0; n < KB / FRAGMENT_N; ++n) score[t][n] = zero_fragment();
        }
        UNROLLED for (int step = 0; step < TILES * STEPS; ++step) {
          __local const uchar *tile = keys + step / STEPS * KB * TILE_STRIDE;
          UNROLLED for (int n = 0; n < KB / FRAGMENT_N; ++n) {
            const b_fragment b =
                load_b_fragment(tile, n * FRAGMENT_N, step % STEPS * FRAGMENT_BYTES, lane);
            UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
              score[t][n] = multiply_accumulate_fragment(score[t][n], query[t][step], b);
            }
          }
        }

        a_fragment weight[ROW_TILES][KB / FRAGMENT_N];
        UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
          if (masked) {
            UNROLLED for (int n = 0; n < KB / FRAGMENT_N; ++n) {
              UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
                const int j = key + n * FRAGMENT_N + FRAGMENT_COLUMN(i, lane);
                if (j >= seen[t][FRAGMENT_OWN(i)]) FRAGMENT_SUM(score[t][n], i) = LOWEST;
              }
            }
          }
          float most[FRAGMENT_OWN_ROWS], shrink[FRAGMENT_OWN_ROWS], less[FRAGMENT_OWN_ROWS];
          UNROLLED for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) most[w] = LOWEST;
          UNROLLED for (int n = 0; n < KB / FRAGMENT_N; ++n) {
            UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
              most[FRAGMENT_OWN(i)] = fmax(most[FRAGMENT_OWN(i)], FRAGMENT_SUM(score[t][n], i));
            }
          }
          bool grown = false;
          UNROLLED for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
            most[w] = row_maximum(most[w]);
            // Weights are relative to a maximum that may lag behind, so that sums rarely have to be
            // brought to a new one.
            const bool grows = (most[w] - maximum[t][w]) * scale > LAG;
            shrink[w] = grows ? fragment_exp2((maximum[t][w] - most[w]) * scale) : 1.0f;
            maximum[t][w] = grows ? most[w] : maximum[t][w];
            grown = grown || grows;
            // A row that has seen no key yet: every weight becomes 2^(LOWEST scale), which is 0.
            less[w] = maximum[t][w] > LOWEST ? maximum[t][w] * scale : 0.0f;
            sum[t][w] *= shrink[w];
          }
          if (grown) {
            UNROLLED for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) {
              UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
                FRAGMENT_SUM(o[t][n], i) *= shrink[FRAGMENT_OWN(i)];
              }
            }
          }
          UNROLLED for (int n = 0; n < KB / FRAGMENT_N; ++n) {
            UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
              const int w = FRAGMENT_OWN(i);
              const float p =
                  fragment_exp2(MULTIPLY_ADD(FRAGMENT_SUM(score[t][n], i), scale, -less[w]));
              FRAGMENT_SUM(score[t][n], i) = p;
              sum[t][w] += p;
            }
            weight[t][n] = rounded_fragment(score[t][n]);
          }
        }

        UNROLLED for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) {
          __local const uchar *tile =
              keys + BLOCK_BYTES + n * FRAGMENT_N / TILE_ELEMENTS * KB * TILE_STRIDE;
          UNROLLED for (int step = 0; step < KB / FRAGMENT_N; ++step) {
            const b_fragment b = load_turned_fragment(
                tile, step * FRAGMENT_N, n * FRAGMENT_N % TILE_ELEMENTS * 2, lane);
            UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
              o[t][n] = multiply_accumulate_fragment(o[t][n], weight[t][step], b);
            }
          }
        }
      }
      __local uchar *next = others;
      others = keys;
      keys = next;
    }
  }

  UNROLLED for (int t = 0; t < ROW_TILES; ++t) {
    UNROLLED for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
      const float total = row_total(sum[t][w]);
      sum[t][w] = total > 0.0f ? 1.0f / total : 0.0f;
    }
    UNROLLED for (int w = 0; w < FRAGMENT_OWN_ROWS; ++w) {
      const int row = team_row + t * FRAGMENT_M + FRAGMENT_ROW(w, lane);
      if (row >= rows) continue;
      const ulong to = row_offset(row0 + row, batch, kv_head, s);
      UNROLLED for (int n = 0; n < WIDTH / FRAGMENT_N; ++n) {
        UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
          const int c = n * FRAGMENT_N + FRAGMENT_COLUMN(i, lane);
          if (FRAGMENT_OWN(i) != w || (D % TILE_ELEMENTS != 0 && c >= D)) continue;
          STORE(FRAGMENT_TYPE)(FRAGMENT_SUM(o[t][n], i) * sum[t][w], out, to + c);
        }
      }
    }
  }
}
