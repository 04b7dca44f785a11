// x86.vpdpbusd (AVX512-VNNI): 16 sums of four products each, a unsigned and b signed; wraps at 32
// bits, so that it is exact wherever the definition is.
#define K_UNIT 4
#define TILE_INTEGER 1
typedef uint a_unit;
typedef uint16 b_unit;
typedef int16 c_unit;

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(c) : "v"((uint16)(a)), "v"(b));
  return c;
}
