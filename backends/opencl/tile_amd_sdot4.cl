// amd.sdot4: four products of packed bytes. Chips before gfx11 have the signed form only, later ones
// the one that takes a sign for each operand.
#define K_UNIT 4
#define TILE_INTEGER 1
typedef uint a_unit;
typedef uint b_unit;
typedef int c_unit;

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) {
#if defined(PATH_AMD_SUDOT4)
  return __builtin_amdgcn_sudot4(A_SIGNED, (int)a, true, (int)b, c, false);
#else
  return __builtin_amdgcn_sdot4((int)a, (int)b, c, false);
#endif
}
