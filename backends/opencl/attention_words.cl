// Keys and values as words: VE neighbours along d, up to 16 bytes, which an item loads at once and
// keeps as they are until it needs them; then four at a time as floats. VE is 1, 4, 8 or 16.
#ifndef ASSAY_ATTENTION_WORDS
#define ASSAY_ATTENTION_WORDS

#include "attention.cl"

#define QUADS (VE / 4)

#if VE == 1
typedef float words;
#elif VE * KV_BYTES == 4
typedef uint words;
#elif VE * KV_BYTES == 8
typedef uint2 words;
#else
typedef uint4 words;
#endif

// The i-th VE elements of k or v.
words load_words(__global const void *p, ulong i) {
#if VE == 1
  return LOAD(KV_TYPE)(p, i);
#else
  return ((__global const words *)p)[i];
#endif
}

// Elements of s8 are cheapest as numbers in the mantissa of 1: x / 256 + OFFSET.
#if KV_BYTES == 1 && VE > 1
#define OFFSET 1.5f
#define FACTOR 256.0f
#else
#define OFFSET 0.0f
#define FACTOR 1.0f
#endif

#if VE > 1
// The q-th four of them, divided by FACTOR, with OFFSET added.
float4 words_quad(words x, int q) {
#if VE * KV_BYTES == 4
  const uint all[1] = {x};
#elif VE * KV_BYTES == 8
  const uint all[2] = {x.x, x.y};
#else
  const uint all[4] = {x.x, x.y, x.z, x.w};
#endif
#if KV_BYTES == 4
  return as_float4((uint4)(all[0], all[1], all[2], all[3]));
#elif KV_BYTES == 1
  const uint w = all[q] ^ 0x80808080u;
  return as_float4(((uint4)(w << 15, w << 7, w >> 1, w >> 9) & 0x007f8000u) | 0x3f800000u);
#elif KV_IS_F16
  const uint2 pairs = (uint2)(all[2 * q], all[2 * q + 1]);
  const ushort4 bits = as_ushort4(pairs);
  return vload_half4(0, (const half *)&bits);
#else
  const uint2 w = (uint2)(all[2 * q], all[2 * q + 1]);
  return as_float4((uint4)(w.x << 16, w.x & 0xffff0000u, w.y << 16, w.y & 0xffff0000u));
#endif
}
#endif

#endif
