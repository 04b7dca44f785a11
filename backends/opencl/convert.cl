// Elements of every dtype to and from float: load_<dtype>(pointer, index), store_<dtype>(...).
// f16 needs no cl_khr_fp16: vload_half and vstore_half are core. Integers up to 8 bits are exact.
#ifndef ASSAY_CONVERT
#define ASSAY_CONVERT

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define LOAD(dtype) CAT(load_, dtype)
#define STORE(dtype) CAT(store_, dtype)

#ifdef USE_FMA
#define MULTIPLY_ADD(a, b, c) fma(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) mad(a, b, c)
#endif

float load_f32(__global const void *p, ulong i) { return ((__global const float *)p)[i]; }

float load_f16(__global const void *p, ulong i) { return vload_half(i, (__global const half *)p); }

float load_bf16(__global const void *p, ulong i) {
  return as_float((uint)((__global const ushort *)p)[i] << 16);
}

float load_s8(__global const void *p, ulong i) { return (float)((__global const char *)p)[i]; }

float load_u8(__global const void *p, ulong i) { return (float)((__global const uchar *)p)[i]; }

int nibble(__global const void *p, ulong i) {
  return (((__global const uchar *)p)[i >> 1] >> ((uint)(i & 1) * 4)) & 15;
}

float load_u4(__global const void *p, ulong i) { return (float)nibble(p, i); }

float load_s4(__global const void *p, ulong i) { return (float)((nibble(p, i) ^ 8) - 8); }

void store_f32(float x, __global void *p, ulong i) { ((__global float *)p)[i] = x; }

void store_f16(float x, __global void *p, ulong i) { vstore_half_rte(x, i, (__global half *)p); }

// Round to nearest even; a NaN stays one.
void store_bf16(float x, __global void *p, ulong i) {
  const uint bits = as_uint(x);
  const uint rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  ((__global ushort *)p)[i] = (ushort)(isnan(x) ? (bits >> 16) | 0x40 : rounded);
}

#endif
