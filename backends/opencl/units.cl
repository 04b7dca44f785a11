// Floats to the units of the tile multiply-accumulate, and vectors to every dtype.
#ifndef ASSAY_UNITS
#define ASSAY_UNITS

#include "tile.cl"

// Round to nearest even; a NaN stays one.
uintv bf16_bits(floatv x) {
  const uintv bits = as_uintv(x);
  const uintv rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return select(rounded, (bits >> 16) | 0x40, isnan(x));
}

// Stores a vector from element i on of an array of dtype.
#define STORE_VECTOR(dtype) CAT(store_vector_, dtype)

void store_vector_f32(floatv x, __global void *p, ulong i) {
  vstorev(x, 0, (__global float *)p + i);
}

void store_vector_f16(floatv x, __global void *p, ulong i) {
  CAT(CAT(vstore_half, VW), _rte)(x, 0, (__global half *)p + i);
}

void store_vector_bf16(floatv x, __global void *p, ulong i) {
  vstorev(VECTOR(convert_ushort)(bf16_bits(x)), 0, (__global ushort *)p + i);
}

// 2 VW floats that follow one another, or the first VW where K_UNIT is 1, as the i-th VW units.
void store_units(floatv first, floatv second, int i, a_unit *units) {
#if K_UNIT == 1
  vstorev(first, i, units);
#elif defined(PATH_X86_VDPBF16PS)
  uint16 pairs;
  __asm__("vcvtne2ps2bf16 %1, %2, %0" : "=v"(pairs) : "v"(first), "v"(second));
  vstore16(pairs, i, units);
#endif
}

#endif
