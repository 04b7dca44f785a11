// plain: float vectors and fma; whatever the elements are, they were converted to float.
#define K_UNIT 1
#define TILE_INTEGER 0
typedef float a_unit;
typedef floatv b_unit;
typedef floatv c_unit;

c_unit multiply_accumulate_lanes(c_unit c, b_unit a, b_unit b) { return MULTIPLY_ADD(a, b, c); }

c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b) {
  return multiply_accumulate_lanes(c, (floatv)(a), b);
}
