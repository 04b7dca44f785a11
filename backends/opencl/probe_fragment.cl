// One tile by the matrix instruction of a path, to see whether the device computes it: copies to
// local memory, fragments of every place in the tile, and back.
//
// a: [2 FRAGMENT_M][TILE_BYTES], b: [2 FRAGMENT_N][TILE_BYTES], c: [2 FRAGMENT_M][2 FRAGMENT_N] sums.
// One sub-group.
#include "fragment.cl"

__kernel FRAGMENT_ATTRIBUTE __attribute__((reqd_work_group_size(FRAGMENT_LANES, 1, 1))) void
probe_fragment(__global const uchar *a, __global const uchar *b, __global sum_fragment *c,
               int rows) {
  __local __attribute__((aligned(128))) uchar a_tile[2 * FRAGMENT_M * TILE_STRIDE];
  __local __attribute__((aligned(128))) uchar b_tile[2 * FRAGMENT_N * TILE_STRIDE];
  __local sum_fragment stage[FRAGMENT_M * FRAGMENT_N];
  const int lane = (int)get_local_id(0);
  const int chunks = TILE_BYTES / 16;
  for (int i = lane; i < 2 * FRAGMENT_M * chunks; i += FRAGMENT_LANES) {
    copy_chunk(a_tile, TILE_OFFSET(i / chunks, i % chunks * 16), a + 16 * i);
  }
  for (int i = lane; i < 2 * FRAGMENT_N * chunks; i += FRAGMENT_LANES) {
    copy_chunk(b_tile, TILE_OFFSET(i / chunks, i % chunks * 16), b + 16 * i);
  }
  copies_commit();
  copies_wait(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int row = 0; row < rows; row += FRAGMENT_M) {
    for (int column = 0; column < 2 * FRAGMENT_N; column += FRAGMENT_N) {
      c_fragment sum = zero_fragment();
      for (int byte = 0; byte < TILE_BYTES; byte += FRAGMENT_BYTES) {
        const a_fragment x = load_a_fragment(a_tile, row, byte, lane);
        const b_fragment y = load_b_fragment(b_tile, column, byte, lane);
        sum = multiply_accumulate_fragment(sum, x, y);
      }
      store_fragment(sum, stage, lane);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = lane; i < FRAGMENT_M * FRAGMENT_N; i += FRAGMENT_LANES) {
        c[(row + i / FRAGMENT_N) * 2 * FRAGMENT_N + column + i % FRAGMENT_N] = stage[i];
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
}
