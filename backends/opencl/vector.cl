// Vectors of VW floats, VW being what the device's registers hold (1 on lanes): loads with conversion,
// and the exponential that the softmax needs.
#ifndef ASSAY_VECTOR
#define ASSAY_VECTOR

#include "convert.cl"

#if VW == 1
#define VECTOR(name) name
#define vloadv(i, p) ((p)[i])
#define vstorev(x, i, p) ((p)[i] = (x))
#define vload_halfv(i, p) vload_half(i, p)
#else
#define VECTOR(name) CAT(name, VW)
#define vloadv CAT(vload, VW)
#define vstorev CAT(vstore, VW)
#define vload_halfv CAT(vload_half, VW)
#endif
typedef VECTOR(float) floatv;
typedef VECTOR(int) intv;
typedef VECTOR(uint) uintv;
#define as_floatv VECTOR(as_float)
#define as_intv VECTOR(as_int)
#define as_uintv VECTOR(as_uint)
#define as_charv VECTOR(as_char)
#define convert_floatv VECTOR(convert_float)
#define convert_intv_rte CAT(VECTOR(convert_int), _rte)
#define convert_intv VECTOR(convert_int)
#define convert_uintv VECTOR(convert_uint)

// The i-th vector of an array of dtype, and the one that begins at its element i.
#define LOAD_VECTOR(dtype) CAT(load_vector_, dtype)
#define LOAD_VECTOR_AT(dtype) CAT(load_vector_at_, dtype)

floatv load_vector_at_f32(__global const void *p, ulong i) {
  return vloadv(0, (__global const float *)p + i);
}

floatv load_vector_at_f16(__global const void *p, ulong i) {
  return vload_halfv(0, (__global const half *)p + i);
}

floatv load_vector_at_bf16(__global const void *p, ulong i) {
  return as_floatv(convert_uintv(vloadv(0, (__global const ushort *)p + i)) << 16);
}

floatv load_vector_at_s8(__global const void *p, ulong i) {
  return convert_floatv(vloadv(0, (__global const char *)p + i));
}

floatv load_vector_at_u8(__global const void *p, ulong i) {
  return convert_floatv(vloadv(0, (__global const uchar *)p + i));
}

floatv load_vector_f32(__global const void *p, ulong i) { return load_vector_at_f32(p, i * VW); }
floatv load_vector_f16(__global const void *p, ulong i) { return load_vector_at_f16(p, i * VW); }
floatv load_vector_bf16(__global const void *p, ulong i) { return load_vector_at_bf16(p, i * VW); }
floatv load_vector_s8(__global const void *p, ulong i) { return load_vector_at_s8(p, i * VW); }
floatv load_vector_u8(__global const void *p, ulong i) { return load_vector_at_u8(p, i * VW); }

// 2^x for x <= 0: the integer part by exponent, the rest by the Taylor polynomial of 2^f on
// |f| <= 1/2, whose first omitted term is below 1e-8. Below 2^-126 the result is 0.
floatv exp2_vector(floatv x) {
  const floatv clamped = max(x, (floatv)(-127.0f));
  const intv whole = convert_intv_rte(clamped);
  const floatv f = clamped - convert_floatv(whole);
  floatv p = (floatv)(1.5252734e-5f);
  p = MULTIPLY_ADD(p, f, (floatv)(1.5403530e-4f));
  p = MULTIPLY_ADD(p, f, (floatv)(1.3333558e-3f));
  p = MULTIPLY_ADD(p, f, (floatv)(9.6181291e-3f));
  p = MULTIPLY_ADD(p, f, (floatv)(5.5504109e-2f));
  p = MULTIPLY_ADD(p, f, (floatv)(2.4022651e-1f));
  p = MULTIPLY_ADD(p, f, (floatv)(6.9314718e-1f));
  p = MULTIPLY_ADD(p, f, (floatv)(1.0f));
  return p * as_floatv((whole + 127) << 23);
}

#endif
