// Rows of a matrix as matrix instructions want them: [rows][padded] elements, k running along the row,
// zero beyond k. The source is [rows, k], or [k, rows] where COLUMNS.
#include "convert.cl"

// Global size: padded, rows, batch.
__kernel void pad_rows(__global const ELEMENT *source, __global ELEMENT *out, int k) {
  const int step = (int)get_global_id(0);
  const ulong row = get_global_id(1);
  const ulong rows = get_global_size(1);
  const ulong batch = get_global_id(2);
#if COLUMNS
  const ulong from = (batch * k + step) * rows + row;
#else
  const ulong from = (batch * rows + row) * k + step;
#endif
  out[(batch * rows + row) * get_global_size(0) + step] = step < k ? source[from] : 0;
}
