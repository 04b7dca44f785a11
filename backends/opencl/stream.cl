// Arrays read and written in order: kernels/stream.hpp defines the passes.
//
// Work-groups own whole blocks of 4096 elements and pass through them as often as asked: equal runs of
// blocks where a group is a thread of a CPU, every so manyth block where many groups are at work at
// once, so that together they read in order. ITEMS work-items a group, WIDTH elements a load,
// ACCUMULATORS sums of a work-item: 1, 2, 4 or 8.
#ifndef ASSAY_STREAM
#define ASSAY_STREAM

#ifndef ITEMS
#define ITEMS 64
#define WIDTH 4
#define ACCUMULATORS 4
#endif

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#if WIDTH == 1
typedef float floatv;
#define LOAD_VECTOR(p) (*(p))
#define STORE_VECTOR(v, p) (*(p) = (v))
#else
typedef CAT(float, WIDTH) floatv;
#define LOAD_VECTOR(p) CAT(vload, WIDTH)(0, p)
#define STORE_VECTOR(v, p) CAT(vstore, WIDTH)(v, 0, p)
#endif

// part(0) ... part(ACCUMULATORS - 1): variables of their own, which every compiler keeps in registers.
#define EACH_1(part) part(0)
#define EACH_2(part) EACH_1(part) part(1)
#define EACH_4(part) EACH_2(part) part(2) part(3)
#define EACH_8(part) EACH_4(part) part(4) part(5) part(6) part(7)
#define EACH CAT(EACH_, ACCUMULATORS)

#define BLOCK 4096
#if ITEMS > 1
#define FIRST_BLOCK get_group_id(0)
#define END_BLOCK blocks
#define NEXT_BLOCK get_num_groups(0)
#else
#define FIRST_BLOCK (blocks * get_group_id(0) / get_num_groups(0))
#define END_BLOCK (blocks * (get_group_id(0) + 1) / get_num_groups(0))
#define NEXT_BLOCK 1
#endif
#define STRIDE (ITEMS * WIDTH)

#if WIDTH == 16
#define HORIZONTAL(v) (v.s0 + v.s1 + v.s2 + v.s3 + v.s4 + v.s5 + v.s6 + v.s7 + \
                       v.s8 + v.s9 + v.sa + v.sb + v.sc + v.sd + v.se + v.sf)
#elif WIDTH == 8
#define HORIZONTAL(v) (v.s0 + v.s1 + v.s2 + v.s3 + v.s4 + v.s5 + v.s6 + v.s7)
#elif WIDTH == 4
#define HORIZONTAL(v) (v.s0 + v.s1 + v.s2 + v.s3)
#elif WIDTH == 2
#define HORIZONTAL(v) (v.s0 + v.s1)
#else
#define HORIZONTAL(v) (v)
#endif

#define DECLARE(k) floatv s##k = (floatv)(0.0f);
#define ADD(k) s##k += LOAD_VECTOR(in + i + k * STRIDE);
#define JOIN(k) s += s##k;

// Of one work-item: its vectors of the block, ACCUMULATORS at a time, and what is left one by one.
float sum_of_item(__global const float *in, int count, int item) {
  EACH(DECLARE)
  int i = item * WIDTH;
  for (; i + (ACCUMULATORS - 1) * STRIDE + WIDTH <= count; i += ACCUMULATORS * STRIDE) {
    EACH(ADD)
  }
  for (; i + WIDTH <= count; i += STRIDE) s0 += LOAD_VECTOR(in + i);
  floatv s = (floatv)(0.0f);
  EACH(JOIN)
  float total = HORIZONTAL(s);
  for (; i < count; ++i) total += in[i];
  return total;
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void stream_read(__global const float *in, __global const float *in2, __global float *out, long n,
                 int passes) {
  const long blocks = (n + BLOCK - 1) / BLOCK;
  const int item = get_local_id(0);
#if ITEMS > 1
  __local float sums[ITEMS];
#endif
  for (int pass = 0; pass < passes; ++pass) {
    for (long j = FIRST_BLOCK; j < END_BLOCK; j += NEXT_BLOCK) {
      const int count = (int)min((long)BLOCK, n - j * BLOCK);
      float total = sum_of_item(in + j * BLOCK, count, item);
#if ITEMS > 1
      sums[item] = total;
      for (int half_way = ITEMS / 2; half_way > 0; half_way /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < half_way) sums[item] += sums[item + half_way];
      }
      total = sums[0];
#endif
      if (item == 0) out[j] = pass == 0 ? total : out[j] + total;
#if ITEMS > 1
      barrier(CLK_LOCAL_MEM_FENCE);
#endif
    }
  }
}

#define ELEMENTWISE(name, vector_value, value)                                             \
  __kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))                              \
  void name(__global const float *in, __global const float *in2, __global float *out,      \
            long n, int passes) {                                                          \
    const long blocks = (n + BLOCK - 1) / BLOCK;                                           \
    for (int pass = 0; pass < passes; ++pass) {                                            \
      for (long j = FIRST_BLOCK; j < END_BLOCK; j += NEXT_BLOCK) {                         \
        const long end = min((j + 1) * BLOCK, n);                                          \
        long i = j * BLOCK + get_local_id(0) * WIDTH;                                      \
        _Pragma("unroll 4") for (; i + WIDTH <= end; i += STRIDE) {                        \
          STORE_VECTOR(vector_value, out + i);                                             \
        }                                                                                  \
        for (; i < end; ++i) out[i] = value;                                               \
      }                                                                                    \
    }                                                                                      \
  }

ELEMENTWISE(stream_copy, LOAD_VECTOR(in + i), in[i])
ELEMENTWISE(stream_triad, mad((floatv)(3.0f), LOAD_VECTOR(in2 + i), LOAD_VECTOR(in + i)),
            in[i] + 3.0f * in2[i])

#endif
