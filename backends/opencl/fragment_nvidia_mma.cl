// nvidia.mma (compute capability 8.0): two mma.sync of 16 x 8 side by side, fed by ldmatrix; tiles
// arrive by cp.async. Fragments as the PTX ISA lays them out ("Matrix Fragments for mma.m16n8k16" and
// ".m16n8k32"): in bytes both are the same.
#define FRAGMENT_M 16
#define FRAGMENT_N 16
#define FRAGMENT_BYTES 32
#define FRAGMENT_LANES 32
#define FRAGMENT_ATTRIBUTE
#define FRAGMENT_ASYNC 1

typedef uint4 a_fragment;  // rows 0-7 and 8-15 of bytes 0-15, then of bytes 16-31
typedef uint4 b_fragment;  // bytes 0-15 and 16-31 of rows 0-7, then of rows 8-15
typedef struct {
  sum_fragment s[8];  // 4 of columns 0-7, 4 of columns 8-15
} c_fragment;

c_fragment zero_fragment(void) {
  c_fragment c;
#pragma unroll
  for (int i = 0; i < 8; ++i) c.s[i] = 0;
  return c;
}

// Where a pointer to local memory is, as the instructions want it.
uint local_address(__local const uchar *p) { return (uint)(size_t)p; }

uint4 load_matrices(__local const uchar *p) {
  uint4 x;
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                   : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
                   : "r"(local_address(p))
                   : "memory");
  return x;
}

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  return load_matrices(tile + TILE_OFFSET(row + (lane & 15), byte + (lane >> 4) * 16));
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  return load_matrices(
      tile + TILE_OFFSET(row + (lane & 7) + (lane >> 4) * 8, byte + ((lane >> 3) & 1) * 16));
}

#if FRAGMENT_IS(s8)
#define MMA "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32"
#define MMA_SUM "+r"
#elif FRAGMENT_IS(bf16)
#define MMA "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#define MMA_SUM "+f"
#else
#define MMA "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
#define MMA_SUM "+f"
#endif

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
  __asm__(MMA " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
          : MMA_SUM(c.s[0]), MMA_SUM(c.s[1]), MMA_SUM(c.s[2]), MMA_SUM(c.s[3])
          : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));
  __asm__(MMA " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
          : MMA_SUM(c.s[4]), MMA_SUM(c.s[5]), MMA_SUM(c.s[6]), MMA_SUM(c.s[7])
          : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.z), "r"(b.w));
  return c;
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  const int row = lane >> 2;
  const int column = (lane & 3) * 2;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    stage[(row + ((i >> 1) & 1) * 8) * FRAGMENT_N + (i >> 2) * 8 + column + (i & 1)] = c.s[i];
  }
}

void copy_chunk(__local uchar *tile, int offset, __global const uchar *source) {
  __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16;"
                   :
                   : "r"(local_address(tile + offset)), "l"(source)
                   : "memory");
}

#define copies_commit() __asm__ volatile("cp.async.commit_group;" ::: "memory")
#define copies_wait(n) __asm__ volatile("cp.async.wait_group %0;" ::"n"(n) : "memory")

// The sums of a work-item: two neighbours in each of two rows, of columns 0-7 and of 8-15; four
// work-items in a row share it.
#define FRAGMENT_SUMS 8
#define FRAGMENT_SUM(c, i) (c).s[i]
#define FRAGMENT_COLUMN(i, lane) (((i) >> 2) * 8 + ((lane)&3) * 2 + ((i)&1))
#define FRAGMENT_OWN_ROWS 2
#define FRAGMENT_OWN(i) (((i) >> 1) & 1)
#define FRAGMENT_ROW(own, lane) (((lane) >> 2) + (own)*8)

#if !FRAGMENT_IS(s8)
b_fragment load_turned_fragment(__local const uchar *tile, int row, int byte, int lane) {
  uint4 x;
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                   : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
                   : "r"(local_address(tile + TILE_OFFSET(row + (lane & 15), byte + (lane >> 4) * 16)))
                   : "memory");
  return x;
}

#if FRAGMENT_IS(bf16)
#define ROUND_PAIR "cvt.rn.bf16x2.f32"
#else
#define ROUND_PAIR "cvt.rn.f16x2.f32"
#endif
uint rounded_pair(float low, float high) {
  uint pair;
  __asm__(ROUND_PAIR " %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

// Sums and operands are laid out alike.
a_fragment rounded_fragment(c_fragment c) {
  return (uint4)(rounded_pair(c.s[0], c.s[1]), rounded_pair(c.s[2], c.s[3]),
                 rounded_pair(c.s[4], c.s[5]), rounded_pair(c.s[6], c.s[7]));
}

// From the work-item whose number differs by `bits`.
float exchanged(float x, int bits) {
  float y;
  __asm__ volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;" : "=f"(y) : "f"(x), "r"(bits));
  return y;
}

float row_maximum(float x) {
  x = fmax(x, exchanged(x, 1));
  return fmax(x, exchanged(x, 2));
}

float row_total(float x) {
  x += exchanged(x, 1);
  return x + exchanged(x, 2);
}

float fragment_exp2(float x) {
  float y;
  __asm__("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
#endif
