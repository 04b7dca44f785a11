// plain: the same tiles without any matrix instruction, for checking the kernels that use them. Each
// work-item holds one row of a and of c, and reads b where it is.
#define FRAGMENT_M 16
#define FRAGMENT_N 16
#define FRAGMENT_BYTES 32
#define FRAGMENT_LANES 16
#define FRAGMENT_ATTRIBUTE

#define FRAGMENT_K (FRAGMENT_IS(s8) ? 32 : 16)

typedef struct {
  sum_fragment element[32];
} a_fragment;
typedef struct {
  __local const uchar *tile;
  int row, byte, turned;
} b_fragment;
typedef struct {
  sum_fragment sum[FRAGMENT_N];
} c_fragment;

sum_fragment tile_element(__local const uchar *tile, int row, int byte) {
#if FRAGMENT_IS(s8)
  return (char)tile[TILE_OFFSET(row, byte)];
#elif FRAGMENT_IS(bf16)
  return as_float((uint)(*(__local const ushort *)(tile + TILE_OFFSET(row, byte))) << 16);
#else
  return vload_half(0, (__local const half *)(tile + TILE_OFFSET(row, byte)));
#endif
}

c_fragment zero_fragment(void) {
  c_fragment c;
  for (int j = 0; j < FRAGMENT_N; ++j) c.sum[j] = 0;
  return c;
}

a_fragment load_a_fragment(__local const uchar *tile, int row, int byte, int lane) {
  a_fragment a;
  for (int k = 0; k < FRAGMENT_K; ++k) {
    a.element[k] = tile_element(tile, row + lane, byte + k * (FRAGMENT_BYTES / FRAGMENT_K));
  }
  return a;
}

b_fragment load_b_fragment(__local const uchar *tile, int row, int byte, int lane) {
  const b_fragment b = {tile, row, byte, 0};
  return b;
}

c_fragment multiply_accumulate_fragment(c_fragment c, a_fragment a, b_fragment b) {
  const int size = FRAGMENT_BYTES / FRAGMENT_K;
  for (int j = 0; j < FRAGMENT_N; ++j) {
    for (int k = 0; k < FRAGMENT_K; ++k) {
      const sum_fragment y = b.turned ? tile_element(b.tile, b.row + k, b.byte + j * size)
                                      : tile_element(b.tile, b.row + j, b.byte + k * size);
      c.sum[j] += a.element[k] * y;
    }
  }
  return c;
}

void store_fragment(c_fragment c, __local sum_fragment *stage, int lane) {
  for (int j = 0; j < FRAGMENT_N; ++j) stage[lane * FRAGMENT_N + j] = c.sum[j];
}

// The sums of a work-item: a row.
#define FRAGMENT_SUMS FRAGMENT_N
#define FRAGMENT_SUM(c, i) (c).sum[i]
#define FRAGMENT_COLUMN(i, lane) (i)
#define FRAGMENT_OWN_ROWS 1
#define FRAGMENT_OWN(i) 0
#define FRAGMENT_ROW(own, lane) (lane)

#if !FRAGMENT_IS(s8)
b_fragment load_turned_fragment(__local const uchar *tile, int row, int byte, int lane) {
  const b_fragment b = {tile, row, byte, 1};
  return b;
}

a_fragment rounded_fragment(c_fragment c) {
  a_fragment a;
  for (int k = 0; k < FRAGMENT_N; ++k) {
#if FRAGMENT_IS(bf16)
    const uint bits = as_uint(c.sum[k]);
    a.element[k] = as_float((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u);
#else
    ushort bits;
    vstore_half_rte(c.sum[k], 0, (half *)&bits);
    a.element[k] = vload_half(0, (const half *)&bits);
#endif
  }
  return a;
}

#define row_maximum(x) (x)
#define row_total(x) (x)
#define fragment_exp2(x) exp2(x)
#endif
