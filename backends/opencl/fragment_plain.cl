// plain: the same tiles without any matrix instruction, for checking the kernels that use them. Each
// work-item holds one column of c.
#define FRAGMENT_M 16
#define FRAGMENT_N 16
#define FRAGMENT_BYTES 32
#define FRAGMENT_LANES 16
#define FRAGMENT_ATTRIBUTE

#define FRAGMENT_K (FRAGMENT_IS(s8) ? 32 : 16)

typedef struct {
  __local const uchar *tile;
  int row, byte;
} a_fragment;
typedef a_fragment b_fragment;
typedef struct {
  sum_fragment sum[FRAGMENT_M];
  int lane;
} c_fragment;

c_fragment zero_fragment(void) {
  c_fragment c;
  for (int i = 0; i < FRAGMENT_M; ++i) c.sum[i] = 0;
  c.lane = 0;
  return c;
}

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  a_fragment a;
  a.tile = tile;
  a.row = row;
  a.byte = byte;
  return a;
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  return load_a_fragment(tile, row + lane, byte, lane);
}

sum_fragment tile_element(a_fragment f, int row, int k) {
#if FRAGMENT_IS(s8)
  return (char)f.tile[TILE_OFFSET(f.row + row, f.byte + k)];
#else
  const int offset = TILE_OFFSET(f.row + row, f.byte + 2 * k);
#if FRAGMENT_IS(bf16)
  return as_float((uint)(*(__local const ushort *)(f.tile + offset)) << 16);
#else
  return vload_half(0, (__local const half *)(f.tile + offset));
#endif
#endif
}

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
  for (int k = 0; k < FRAGMENT_K; ++k) {
    const sum_fragment y = tile_element(b, 0, k);
    for (int i = 0; i < FRAGMENT_M; ++i) c.sum[i] += tile_element(a, i, k) * y;
  }
  return c;
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  for (int i = 0; i < FRAGMENT_M; ++i) stage[i * FRAGMENT_N + lane] = c.sum[i];
}

// The sums of a work-item: its column of every row.
#define FRAGMENT_SUMS FRAGMENT_M
#define FRAGMENT_SUM(c, i) (c).sum[i]
#define FRAGMENT_COLUMN(i, lane) (lane)
#define FRAGMENT_OWN_ROWS FRAGMENT_M
#define FRAGMENT_OWN(i) (i)
#define FRAGMENT_ROW(own, lane) (own)
#define FRAGMENT_SLOTS FRAGMENT_N
#define FRAGMENT_SLOT(lane) (lane)
