// nvidia.wmma (compute capability 7.0 for f16, 7.2 for s8, 8.0 for bf16): the older form, whose
// fragments are the driver's secret; it loads and stores them itself.
#define FRAGMENT_M 16
#define FRAGMENT_N 16
#define FRAGMENT_LANES 32
#define FRAGMENT_ATTRIBUTE

typedef struct {
  sum_fragment s[8];
} c_fragment;

c_fragment zero_fragment(void) {
  c_fragment c;
#pragma unroll
  for (int i = 0; i < 8; ++i) c.s[i] = 0;
  return c;
}

uint local_address(__local const void *p) { return (uint)(size_t)p; }

#if FRAGMENT_IS(f16)
#define FRAGMENT_BYTES 32
#define WMMA_WORDS 8
#define WMMA_STRIDE (TILE_STRIDE / 2)
#define WMMA_LOAD_A "wmma.load.a.sync.aligned.row.m16n16k16.shared.f16 "
#define WMMA_LOAD_B "wmma.load.b.sync.aligned.col.m16n16k16.shared.f16 "
#define WMMA_MMA "wmma.mma.sync.aligned.row.col.m16n16k16.f32.f32 "
#define WMMA_STORE "wmma.store.d.sync.aligned.row.m16n16k16.shared.f32 "
#elif FRAGMENT_IS(bf16)
#define FRAGMENT_BYTES 32
#define WMMA_WORDS 4
#define WMMA_STRIDE (TILE_STRIDE / 2)
#define WMMA_LOAD_A "wmma.load.a.sync.aligned.row.m16n16k16.shared.bf16 "
#define WMMA_LOAD_B "wmma.load.b.sync.aligned.col.m16n16k16.shared.bf16 "
#define WMMA_MMA "wmma.mma.sync.aligned.row.col.m16n16k16.f32.bf16.bf16.f32 "
#define WMMA_STORE "wmma.store.d.sync.aligned.row.m16n16k16.shared.f32 "
#else
#define FRAGMENT_BYTES 16
#define WMMA_WORDS 2
#define WMMA_STRIDE TILE_STRIDE
#define WMMA_LOAD_A "wmma.load.a.sync.aligned.row.m16n16k16.shared.s8 "
#define WMMA_LOAD_B "wmma.load.b.sync.aligned.col.m16n16k16.shared.s8 "
#define WMMA_MMA "wmma.mma.sync.aligned.row.col.m16n16k16.s32.s8.s8.s32 "
#define WMMA_STORE "wmma.store.d.sync.aligned.row.m16n16k16.shared.s32 "
#endif

typedef struct {
  uint w[WMMA_WORDS];
} a_fragment;
typedef a_fragment b_fragment;

#if WMMA_WORDS == 8
#define WMMA_LOAD(instruction, x, p)                                                            \
  __asm__ volatile(instruction "{%0, %1, %2, %3, %4, %5, %6, %7}, [%8], %9;"                    \
                   : "=r"(x.w[0]), "=r"(x.w[1]), "=r"(x.w[2]), "=r"(x.w[3]), "=r"(x.w[4]),      \
                     "=r"(x.w[5]), "=r"(x.w[6]), "=r"(x.w[7])                                   \
                   : "r"(local_address(p)), "r"(WMMA_STRIDE)                                    \
                   : "memory")
#elif WMMA_WORDS == 4
#define WMMA_LOAD(instruction, x, p)                                            \
  __asm__ volatile(instruction "{%0, %1, %2, %3}, [%4], %5;"                    \
                   : "=r"(x.w[0]), "=r"(x.w[1]), "=r"(x.w[2]), "=r"(x.w[3])     \
                   : "r"(local_address(p)), "r"(WMMA_STRIDE)                    \
                   : "memory")
#else
#define WMMA_LOAD(instruction, x, p)                          \
  __asm__ volatile(instruction "{%0, %1}, [%2], %3;"          \
                   : "=r"(x.w[0]), "=r"(x.w[1])               \
                   : "r"(local_address(p)), "r"(WMMA_STRIDE)  \
                   : "memory")
#endif

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  a_fragment a;
  WMMA_LOAD(WMMA_LOAD_A, a, tile + TILE_OFFSET(row, byte));
  return a;
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  b_fragment b;
  WMMA_LOAD(WMMA_LOAD_B, b, tile + TILE_OFFSET(row, byte));
  return b;
}

#if FRAGMENT_IS(s8)
#define WMMA_SUM(i) "+r"(c.s[i])
#define WMMA_IN "r"
#else
#define WMMA_SUM(i) "+f"(c.s[i])
#define WMMA_IN "f"
#endif
#define WMMA_SUMS                                                                         \
  WMMA_SUM(0), WMMA_SUM(1), WMMA_SUM(2), WMMA_SUM(3), WMMA_SUM(4), WMMA_SUM(5), WMMA_SUM(6), \
      WMMA_SUM(7)
#define WMMA_C "{%0, %1, %2, %3, %4, %5, %6, %7}"

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
#if WMMA_WORDS == 8
  __asm__(WMMA_MMA WMMA_C
          ", {%8, %9, %10, %11, %12, %13, %14, %15}, {%16, %17, %18, %19, %20, %21, %22, %23}, " WMMA_C
          ";"
          : WMMA_SUMS
          : "r"(a.w[0]), "r"(a.w[1]), "r"(a.w[2]), "r"(a.w[3]), "r"(a.w[4]), "r"(a.w[5]),
            "r"(a.w[6]), "r"(a.w[7]), "r"(b.w[0]), "r"(b.w[1]), "r"(b.w[2]), "r"(b.w[3]),
            "r"(b.w[4]), "r"(b.w[5]), "r"(b.w[6]), "r"(b.w[7]));
#elif WMMA_WORDS == 4
  __asm__(WMMA_MMA WMMA_C ", {%8, %9, %10, %11}, {%12, %13, %14, %15}, " WMMA_C ";"
          : WMMA_SUMS
          : "r"(a.w[0]), "r"(a.w[1]), "r"(a.w[2]), "r"(a.w[3]), "r"(b.w[0]), "r"(b.w[1]),
            "r"(b.w[2]), "r"(b.w[3]));
#else
  __asm__(WMMA_MMA WMMA_C ", {%8, %9}, {%10, %11}, " WMMA_C ";"
          : WMMA_SUMS
          : "r"(a.w[0]), "r"(a.w[1]), "r"(b.w[0]), "r"(b.w[1]));
#endif
  return c;
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  __asm__ volatile(WMMA_STORE "[%0], {%1, %2, %3, %4, %5, %6, %7, %8}, %9;"
                   :
                   : "r"(local_address(stage)), WMMA_IN(c.s[0]), WMMA_IN(c.s[1]), WMMA_IN(c.s[2]),
                     WMMA_IN(c.s[3]), WMMA_IN(c.s[4]), WMMA_IN(c.s[5]), WMMA_IN(c.s[6]),
                     WMMA_IN(c.s[7]), "r"(FRAGMENT_N)
                   : "memory");
}
