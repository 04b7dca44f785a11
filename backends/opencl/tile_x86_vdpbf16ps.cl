// x86.vdpbf16ps (AVX512-BF16): 16 sums of two bf16 products each. Subnormals count as zero.
#define K_UNIT 2
#define TILE_INTEGER 0
typedef uint a_unit;
typedef uint16 b_unit;
typedef float16 c_unit;

c_unit multiply_accumulate_lanes(c_unit c, b_unit a, b_unit b) {
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
  return c;
}

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) {
  return multiply_accumulate_lanes(c, (uint16)(a), b);
}

// The 32 elements of 16 bits of the table that the low five bits of each element of `index` tell.
b_unit look_up_pairs(b_unit table, b_unit index) {
  b_unit found;
  __asm__("vpermw %1, %2, %0" : "=v"(found) : "v"(table), "v"(index));
  return found;
}
