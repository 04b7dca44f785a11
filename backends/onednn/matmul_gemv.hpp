// matmul with few rows, by vector code of our own: memory sets its pace, and it reads weights as they
// are stored. Takes any number of rows, 16 of them with each pass over the weights.
//
//   f32, bf16      as stored; bfloat16 dot products where the processor has them
//   f16            by conversion, sums in f32
//   s8, u8         exact sums, on every processor
//   weight-only    dequantised group by group: (b - zero point) and its products in f32 or bfloat16
//                  exactly, the scale applied to a group's sum. 4-bit weights with groups of 32, 64
//                  or multiples of 128 are repacked (matmul_nibbles.hpp), others unpacked to bytes.
//
// Other layouts than nt are transposed by bind(), which needs constant:1, as do 4-bit weights.
#pragma once

#include <memory>
#include <string>

#include "backends/backend.hpp"

namespace assay::onednn {

[[nodiscard]] Support supports_gemv(const Problem& problem);
// Implementation: "gemv:avx512_bf16", by the instruction set in use.
[[nodiscard]] std::unique_ptr<Prepared> prepare_gemv(const Problem& problem);

// "avx512_bf16", "avx512_vnni", "avx512", "avx2", "neon": what the vector code was dispatched to.
[[nodiscard]] std::string gemv_target();

}  // namespace assay::onednn
