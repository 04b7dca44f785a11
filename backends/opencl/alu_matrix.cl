// alu's path matrix (kernels/alu.hpp): chains of matrix instructions. A sub-group advances
// ACCUMULATORS fragments of sums at a time; every sum is a chain. All rows of a's tile are the step's
// factors a, all of b's its factors b, so that each sum gains their dot product.
//
// Needs of the path's file which sums an item holds: FRAGMENT_SUM and its companions, as
// attention_fragment.cl lists them.
#include "fragment.cl"

#define ITEMS (SUB_GROUPS * FRAGMENT_LANES)
#define CHAINS (FRAGMENT_M * FRAGMENT_N)  // of a fragment
#define FACTORS 4                         // a and b of the even steps, then of the odd ones
#define FACTOR_SIZE (FRAGMENT_M * TILE_STRIDE)

// Chain of sum i of a work-item in fragment `number`.
#define CHAIN(number, i, lane)                                             \
  ((number)*CHAINS + FRAGMENT_ROW(FRAGMENT_OWN(i), lane) * FRAGMENT_N +    \
   FRAGMENT_COLUMN(i, lane))

__kernel FRAGMENT_ATTRIBUTE __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void alu_matrix(
    __global const sum_fragment *x, __global const uchar *a, __global const uchar *b,
    __global sum_fragment *out, int chains, int steps) {
  __local __attribute__((aligned(128))) uchar factors[FACTORS * FACTOR_SIZE];
  const int item = (int)get_local_id(0);
  const int lane = item % FRAGMENT_LANES;
  for (int e = item; e < FACTORS * FRAGMENT_M * FRAGMENT_BYTES; e += ITEMS) {
    const int factor = e / (FRAGMENT_M * FRAGMENT_BYTES);
    const int row = e / FRAGMENT_BYTES % FRAGMENT_M;
    const int byte = e % FRAGMENT_BYTES;
    __global const uchar *from = (factor & 1) != 0 ? b : a;
    factors[factor * FACTOR_SIZE + TILE_OFFSET(row, byte)] =
        from[factor / 2 * FRAGMENT_BYTES + byte];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const a_fragment a0 = load_a_fragment(factors, 0, 0, lane);
  const b_fragment b0 = load_b_fragment(factors + FACTOR_SIZE, 0, 0, lane);
  const a_fragment a1 = load_a_fragment(factors + 2 * FACTOR_SIZE, 0, 0, lane);
  const b_fragment b1 = load_b_fragment(factors + 3 * FACTOR_SIZE, 0, 0, lane);

  const int stride = (int)get_num_groups(0) * SUB_GROUPS * ACCUMULATORS;
  int first = ((int)get_group_id(0) * SUB_GROUPS + item / FRAGMENT_LANES) * ACCUMULATORS;
  for (; first * CHAINS < chains; first += stride) {
    c_fragment c[ACCUMULATORS];
    UNROLLED for (int n = 0; n < ACCUMULATORS; ++n) {
      UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
        const int chain = CHAIN(first + n, i, lane);
        FRAGMENT_SUM(c[n], i) = chain < chains ? x[chain] : 0;
      }
    }
    for (int t = 0; t < steps; t += 2) {
      UNROLLED for (int n = 0; n < ACCUMULATORS; ++n) c[n] = multiply_accumulate_fragment(c[n], a0, b0);
      UNROLLED for (int n = 0; n < ACCUMULATORS; ++n) c[n] = multiply_accumulate_fragment(c[n], a1, b1);
    }
    UNROLLED for (int n = 0; n < ACCUMULATORS; ++n) {
      UNROLLED for (int i = 0; i < FRAGMENT_SUMS; ++i) {
        const int chain = CHAIN(first + n, i, lane);
        if (chain < chains) out[chain] = FRAGMENT_SUM(c[n], i);
      }
    }
  }
}
