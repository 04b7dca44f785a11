// nvidia.dp4a (compute capability 6.1): four products of packed bytes, b signed; A_SIGNED says
// whether a is.
#define K_UNIT 4
#define TILE_INTEGER 1
typedef uint a_unit;
typedef uint b_unit;
typedef int c_unit;

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) {
#if A_SIGNED
  __asm__("dp4a.s32.s32 %0, %1, %2, %0;" : "+r"(c) : "r"(a), "r"(b));
#else
  __asm__("dp4a.u32.s32 %0, %1, %2, %0;" : "+r"(c) : "r"(a), "r"(b));
#endif
  return c;
}
