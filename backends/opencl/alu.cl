// Chains of dependent multiply-adds in registers: kernels/alu.hpp defines them.
//
// A work-item advances ACCUMULATORS vectors of WIDTH chains at the same time, block after block.
//   REAL            element of a chain: float, half or int
//   STEP(x, a, b)   one step of a vector
//   FACTOR          what a and b are read as: REAL, or uint for four bytes of factors of a dot
//   DOT             steps are the tile multiply-accumulate of a path (tile.cl), whose VW is WIDTH
//   LOADS           b is a table of 4096 rows, a row per chain and step
#ifndef ASSAY_ALU
#define ASSAY_ALU

#ifndef REAL
#define REAL float
#define FACTOR float
#define WIDTH 4
#define ACCUMULATORS 8
#define STEP(x, a, b) mad(x, a, b)
#endif

#ifdef ENABLE_HALF
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif

#ifdef DOT
#include "tile.cl"
#if WIDTH == 1
#define STEP(x, a, b) multiply_accumulate(x, a, b)
#else
#define STEP(x, a, b) multiply_accumulate(x, (a).s0, b)
#endif
#else
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#endif

#if WIDTH == 1
typedef REAL realv;
typedef FACTOR factorv;
#define LOAD_CHAINS(p) (*(p))
#define LOAD_ROWS(p) (*(p))
#define STORE_CHAINS(v, p) (*(p) = (v))
#else
typedef CAT(REAL, WIDTH) realv;
typedef CAT(FACTOR, WIDTH) factorv;
#define LOAD_CHAINS(p) CAT(vload, WIDTH)(0, p)
#define LOAD_ROWS(p) CAT(vload, WIDTH)(0, p)
#define STORE_CHAINS(v, p) CAT(vstore, WIDTH)(v, 0, p)
#endif

// step(0) ... step(n - 1): variables of their own, which every compiler keeps in registers.
#define EACH_1(step) step(0)
#define EACH_2(step) EACH_1(step) step(1)
#define EACH_3(step) EACH_2(step) step(2)
#define EACH_4(step) EACH_3(step) step(3)
#define EACH_5(step) EACH_4(step) step(4)
#define EACH_6(step) EACH_5(step) step(5)
#define EACH_7(step) EACH_6(step) step(6)
#define EACH_8(step) EACH_7(step) step(7)
#define EACH_9(step) EACH_8(step) step(8)
#define EACH_10(step) EACH_9(step) step(9)
#define EACH_11(step) EACH_10(step) step(10)
#define EACH_12(step) EACH_11(step) step(11)
#define EACH_13(step) EACH_12(step) step(12)
#define EACH_14(step) EACH_13(step) step(13)
#define EACH_15(step) EACH_14(step) step(14)
#define EACH_16(step) EACH_15(step) step(15)
#define EACH_17(step) EACH_16(step) step(16)
#define EACH_18(step) EACH_17(step) step(17)
#define EACH_19(step) EACH_18(step) step(18)
#define EACH_20(step) EACH_19(step) step(19)
#define EACH_21(step) EACH_20(step) step(20)
#define EACH_22(step) EACH_21(step) step(21)
#define EACH_23(step) EACH_22(step) step(22)
#define EACH_24(step) EACH_23(step) step(23)
#define EACH CAT(EACH_, ACCUMULATORS)

#define BLOCK (ACCUMULATORS * WIDTH)
#define ROWS 4096
#define SHIFT 16

#define DECLARE(i) realv x##i = LOAD_CHAINS(from + i * WIDTH);
#define FINISH(i) STORE_CHAINS(x##i, to + i * WIDTH);
#define EVEN(i) x##i = STEP(x##i, a0, b0);
#define ODD(i) x##i = STEP(x##i, a1, b1);
// A vector of rows never wraps: WIDTH divides SHIFT, which divides ROWS.
#define EVEN_LOAD(i) x##i = STEP(x##i, a0, LOAD_ROWS(b + ((row + i * WIDTH) & (ROWS - 1))));
#define ODD_LOAD(i) x##i = STEP(x##i, a1, LOAD_ROWS(b + ((row + SHIFT + i * WIDTH) & (ROWS - 1))));

// All chains of a block, from `from` to `to`, in private or global memory.
#define ADVANCE \
  EACH(DECLARE) \
  LOOP EACH(FINISH)

#ifdef LOADS
#define LOOP                                                 \
  for (int t = 0; t < steps; t += 2) {                       \
    const int row = (int)((first + t * SHIFT) & (ROWS - 1)); \
    EACH(EVEN_LOAD)                                          \
    EACH(ODD_LOAD)                                           \
  }
#else
#define LOOP                           \
  for (int t = 0; t < steps; t += 2) { \
    EACH(EVEN)                         \
    EACH(ODD)                          \
  }
#endif

__kernel void alu(__global const REAL* x, __global const FACTOR* a, __global const FACTOR* b,
                  __global REAL* out, int chains, int steps) {
  const factorv a0 = (factorv)(a[0]);
  const factorv a1 = (factorv)(a[1]);
#ifndef LOADS
  const factorv b0 = (factorv)(b[0]);
  const factorv b1 = (factorv)(b[1]);
#endif
  const long stride = (long)get_global_size(0) * BLOCK;
  for (long first = (long)get_global_id(0) * BLOCK; first < chains; first += stride) {
    if (first + BLOCK <= chains) {
      __global const REAL* from = x + first;
      __global REAL* to = out + first;
      ADVANCE
    } else {
      // The last block, filled up with its first chain.
      REAL part[BLOCK];
      for (int i = 0; i < BLOCK; ++i) part[i] = x[first + i < chains ? first + i : first];
      {
        const REAL* from = part;
        REAL* to = part;
        ADVANCE
      }
      for (int i = 0; first + i < chains; ++i) out[first + i] = part[i];
    }
  }
}

#endif
