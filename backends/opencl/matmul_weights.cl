// Packed weights as units of the tile multiply-accumulate.
//
// A panel holds NR = NV x VW columns, k-major: [ceil(k / B_UNIT)][NR][B_UNIT] elements of B_TYPE, one
// element beside its successors along k as the path wants them; columns and steps beyond the matrix
// are zero. NIBBLES: 8 steps of a column in a uint, steps 0, 2, 4, 6 in its lower half from bit 0 on,
// steps 1, 3, 5, 7 in the upper half; B_SIGNED ones with 8 added.
// GROUPED: one f16 scale (and zero point) per column and `group` steps: w = (q - zero) scale.
#ifndef ASSAY_MATMUL_WEIGHTS
#define ASSAY_MATMUL_WEIGHTS

#include "tile.cl"

#define NR (NV * VW)
#if NIBBLES
#define PANEL_BYTES(k) ((ulong)(((k) + 7) / 8) * NR * 4)
#else
#define PANEL_BYTES(k) ((ulong)(((k) + B_UNIT - 1) / B_UNIT) * NR * B_UNIT * B_BYTES)
#endif

#if !GROUPED
// The v-th unit of a panel at b.
b_unit load_weights(__global const uchar *b, int v) {
#if K_UNIT == 1
  return LOAD_VECTOR(B_TYPE)(b, v);
#else
  return vloadv(v, (__global const uint *)b);
#endif
}

#else

#ifdef ZERO_TYPE
#define ZERO_POINT(zero, i) LOAD_VECTOR(u8)(zero, i)
#else
#define ZERO_POINT(zero, i) ((floatv)(0.0f))
#endif

#if NIBBLES
#if B_SIGNED
#define NIBBLE_ZERO 8.0f
#else
#define NIBBLE_ZERO 0.0f
#endif
// Step i of 8, with NIBBLE_ZERO added. A number below 2^23 in the mantissa of 2^23 is that much more.
floatv nibble_step(uintv word, int i) {
  const uint shift = (uint)((i >> 1) * 4 + (i & 1) * 16);
  return as_floatv(((word >> shift) & 15u) | 0x4B000000u) - 8388608.0f;
}
#endif

// `steps` steps from step `first` of the panel at b, dequantised, to units at `to` ([steps][NV]).
// `first` and, but for the end of k, `steps` are multiples of 8.
void dequantise(__global const uchar *b, __global const uchar *scale, __global const uchar *zero,
                int first, int steps, int group, b_unit *to) {
  for (int v = 0; v < NV; ++v) {
    floatv factor = (floatv)(0.0f), less = (floatv)(0.0f);
    int left = 0;
#if K_UNIT == 2
    uintv even = (uintv)(0);
#endif
    // An odd k has a partner of zero.
    for (int s = 0; s < (steps + K_UNIT - 1) / K_UNIT * K_UNIT; ++s) {
      const int step = first + s;
      if (left == 0) {
        const int g = step / group;
        left = (g + 1) * group - step;
        if (s < steps) {
          factor = LOAD_VECTOR(f16)(scale, (ulong)g * NV + v);
          less = ZERO_POINT(zero, (ulong)g * NV + v);
        }
#if NIBBLES
        less += NIBBLE_ZERO;
#endif
      }
      --left;
#if NIBBLES
      const uintv word = vloadv(step / 8 * NV + v, (__global const uint *)b);
      const floatv q = nibble_step(word, step & 7);
#else
      const floatv q = s < steps ? LOAD_VECTOR(B_TYPE)(b, (ulong)step * NV + v) : less;
#endif
      const floatv w = (q - less) * factor;
#if K_UNIT == 1
      to[s * NV + v] = w;
#else
      // Rounded to bf16, to nearest even.
      const uintv bits = as_uintv(w);
      const uintv rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
      if ((s & 1) == 0) {
        even = rounded;
      } else {
        to[s / 2 * NV + v] = even | (rounded << 16);
      }
#endif
    }
  }
}

#endif
#endif
