// One tile by the tile multiply-accumulate of a path, to see whether the device computes it.
//
// a: panels [k / K_UNIT][ROWS] of a_unit; b: [k / K_UNIT][2][VW] units; c: [ROWS][2 VW] sums.
// One work-item.
#include "tile.cl"

#define ROWS 4

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void probe_tile(
    __global const a_unit *a, __global const b_unit *b, __global c_unit *c, int units) {
  c_unit sums[ROWS][2];
#pragma unroll
  for (int r = 0; r < ROWS; ++r) sums[r][0] = sums[r][1] = (c_unit)(0);
  for (int unit = 0; unit < units; ++unit) {
    const b_unit x = b[2 * unit];
    const b_unit y = b[2 * unit + 1];
#pragma unroll
    for (int r = 0; r < ROWS; ++r) {
      const a_unit w = a[unit * ROWS + r];
      sums[r][0] = multiply_accumulate(sums[r][0], w, x);
      sums[r][1] = multiply_accumulate(sums[r][1], w, y);
    }
  }
#pragma unroll
  for (int r = 0; r < ROWS; ++r) {
    c[2 * r] = sums[r][0];
    c[2 * r + 1] = sums[r][1];
  }
}
