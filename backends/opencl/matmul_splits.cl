// Adds up the partial sums of a product whose k was split: [splits][batch][m][n] -> [batch][m][n].
#include "epilogue.cl"

// Global size: columns, rows, batch, each rounded up; a work-item adds WIDTH columns.
__kernel void finish_splits(__global const sum_t *partial, __global const float *a_scale,
                            __global const float *b_scale, __global const float *bias,
                            __global void *out, int m, int n, int batches, int splits) {
  const int row = (int)get_global_id(1);
  const ulong batch = get_global_id(2);
  const int last = min(n, ((int)get_global_id(0) + 1) * WIDTH);
  if (row >= m) return;
  for (int column = (int)get_global_id(0) * WIDTH; column < last; ++column) {
    const ulong index = (batch * m + row) * n + column;
    sum_t sum = 0;
    // Not one load after the other.
#pragma unroll 8
    for (int split = 0; split < splits; ++split) {
      sum += partial[(ulong)split * batches * m * n + index];
    }
    finish(sum, a_scale, b_scale, bias, out, batch, batch * n + column, index);
  }
}
