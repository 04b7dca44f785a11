// matmul: out = epilogue(A B), the matrix product of a linear layer.
//
//   tensor         shape (a leading [batch] only where batch > 1)     dtype
//   a              [m, k]; [k, m] for layout tn                       dtype
//   b              [n, k] for layout nt; [k, n] for nn and tn         weights
//   a_scale        [batch]                                            f32   s8, u8 with out f32|bf16
//   b_scale        [n]                                                f32   s8, u8 with out f32|bf16
//   b_scale        [n, k / G]                                         f16   weight-only quantised
//   b_zero_point   [n, k / G]                                         u8|u4 where zero_points is set
//   bias           [n]                                                f32   epilogue bias, bias_*
//   out            [m, n]                                             out
//
// b and what belongs to it (b_scale, b_zero_point, bias) have role `weight`, or `activation` where
// constant is 0. 4-bit rows are packed along k: [n, k / 2] bytes; k must be even.
//
// s8, u8:       out[i,j] = a_scale * b_scale[j] * sum_k a b, the sum exact in s32; out:s32 is that sum.
//               Both take s8 weights and give f32 unless told otherwise; k is at most what s32 holds.
// weight-only:  w = (b - zero_point) * b_scale of the element's group of G along k (group 0: G = k),
//               exact in the reference; a device may round it to the activations' dtype, which the
//               tolerance allows for. Accumulated in f32. Needs layout nt. Zero points are packed like b
//               where k/G is even; where it is odd, in one run over all rows (element i of [n, k/G] in
//               nibble i).
// epilogue:     applied in f32 before the output is rounded: bias adds bias[j]; gelu is
//               x Phi(x) with the error function; silu is x / (1 + e^-x); bias_gelu, bias_silu: both.
//
// Tolerance, with the terms t_l = a_il b_lj (scaled), S = sqrt(sum t^2), and P the largest partial sum
// of the definition: |y - ref| <= (u_out + 4 u_f32) |ref| + 4 sqrt(k) u_f32 (P + 4 S + |bias|).
//   Each of k additions rounds a partial sum, and independent roundings add up to sqrt(k) of them
//   (Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019). P + 4 S bounds
//   the partial sums in any order, as sum |t| would; but where terms cancel it is up to sqrt(k)
//   smaller, so that products of TF32 or bfloat16 don't pass as f32.
//   weight-only:  + 6 u_dtype S: every dequantised weight is rounded up to three times (scale,
//                 difference, product), independently; 6 is 8 standard deviations.
//   s8, u8:       the sum is exact, so 4 u_f32 (|ref before bias| + |bias|) in place of the sums' term.
//   gelu, silu:   the sums' terms times 1.13, the steepest slope.
//   gelu:         + 6 u_f32 (the sums' size): libraries approximate the error function in f32 to an
//                 absolute error (oneDNN 3.7's costs 5.4 u_f32 |x| at x = -3), seen where 1 + erf cancels.
//   out:f16       + 2^-14: devices may flush subnormals to zero.
//   bf16:         nothing more, though dot instructions of bfloat16 pairs (x86's vdpbf16ps) take subnormal
//                 operands for zero and flush subnormal sums: 2^-126 beside operands of about 1.
//   out:s32       exact: 0.5.
// Expected::magnitude is P + 4 S + |bias|, Expected::sensitivity is S.
//
// Freivalds: see project_matmul.
#pragma once

#include "kernels/kernel.hpp"

namespace assay {

[[nodiscard]] Kernel matmul_kernel();

// The shape of a matmul problem as numbers, for backends.
struct MatmulShape {
  std::int64_t m = 0, n = 0, k = 0, batch = 0;
  DType dtype = DType::f32, weights = DType::f32, out = DType::f32;
  std::int64_t group = 0;            // elements along k that share a scale; 0: not weight-only
  std::optional<DType> zero_points;  // dtype of b_zero_point
  bool a_transposed = false;         // a is stored [k, m]
  bool b_transposed = false;         // b is stored [n, k]
  bool constant = true;              // b may be packed at bind
  bool bias = false;
  enum class Activation : std::uint8_t { none, gelu, silu } activation = Activation::none;
};
[[nodiscard]] MatmulShape matmul_shape(const Problem& problem);

}  // namespace assay
