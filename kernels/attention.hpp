// attention: out = softmax(scale Q K^T + mask) V per head, scale = 1 / sqrt(d).
//
//   tensor    shape                         dtype     role
//   q         [batch, heads, q, d]          dtype     activation
//   k, v      [batch, kv_heads, kv, d]      kv_dtype  kv_cache
//   k_scale   [batch, kv_heads, kv]         f32       kv_cache   only for kv_dtype:s8; also v_scale
//   out       [batch, heads, q, d]          dtype     output
//
// Query head h reads key/value head h / (heads / kv_heads). causal:1 aligns bottom-right: query i
// sees keys j <= i + kv - q, so the last query sees every key; a query that sees none gives 0.
// kv_dtype:s8 is symmetric: value = int8 * scale of its token and KV head.
// Softmax in f32 (or better). FLOPs count unmasked pairs, 4 d each.
//
// Tolerance: with p = softmax(s), o = sum p_j v_j, P the largest partial sum of it by magnitude,
// R = sqrt(sum (p_j v_j)^2), and S_j = scale sqrt(sum_c (q_c k_jc)^2): independent relative errors e
// of the products of a logit change it by e S_j, and so o by at most e sum p_j |v_j - o| S_j (first
// order); independent ones of the probabilities change o by e R. Therefore
//   |y - o| <= (u_out + 4 u_f32) |o| + ((16 + 4 sqrt(kv)) u_f32 + u_p) (P + 3 R)
//              + ((16 + 8 sqrt(d)) u_f32 + 3 u_p) sum p_j |v_j - o| S_j
// where u_p is the roundoff of the problem's dtype (0 for f32): what probabilities may be rounded to
// before the second product, and q once scaled before the first; 3 is 7 standard deviations of a
// rounding. 16 u_f32 is for the exponential. kv_dtype:s8 with f16 or bf16: 1.5 times the terms of u_p,
// for the rounding of dequantised values. f16: + 2^-14: devices may flush subnormals.
// Scores and sums stay in f32: rounding those to f16 or bf16 is an error.
// Bounds of the whole output: an element lies between the smallest and the largest v_j of its column that
// the query sees, give or take (u_out + 4 u_f32) |v| + ((16 + 4 sqrt(kv)) u_f32 + u_p) 4 |v| with the
// larger of their magnitudes. Rounded logits give another convex combination of the same values.
// Expected::magnitude is P + 3 R, Expected::sensitivity is sum p_j |v_j - o| S_j.
#pragma once

#include "kernels/kernel.hpp"

namespace assay {

[[nodiscard]] Kernel attention_kernel();

struct AttentionShape {
  std::int64_t batch = 0, heads = 0, kv_heads = 0, q = 0, kv = 0, d = 0;
  bool causal = false;
  DType dtype = DType::f32, kv_dtype = DType::f32;

  [[nodiscard]] std::int64_t group() const { return heads / kv_heads; }
  // Keys that query row i sees: the first visible(i) ones.
  [[nodiscard]] std::int64_t visible(std::int64_t row) const;
  // Visible (query, key) pairs of one head.
  [[nodiscard]] std::int64_t pairs() const;
};
[[nodiscard]] AttentionShape attention_shape(const Problem& problem);

}  // namespace assay
