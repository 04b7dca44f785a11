// 4-bit weights in the order that vector code reads them.
//
// A chunk of 128 weights of one column lies in 64 bytes, as planes: element e of the chunk is nibble
// e / plane of lane e % plane, where a plane has 16 lanes of 32 bits (activations as f32) or 32 lanes
// of 16 bits (as bf16). So one shift brings a plane of consecutive elements to the low nibbles of
// all lanes. s4 is stored biased by 8, as u4 with zero points 8 larger. k is padded to whole chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::onednn {

inline constexpr std::int64_t nibble_chunk = 128;
inline constexpr std::int64_t nibble_lanes = 16;       // of 32 bits, of a plane of floats
inline constexpr std::int64_t nibble_pair_lanes = 32;  // of 16 bits, of a plane of bfloat16
inline constexpr std::int64_t signed_bias = 8;

// One row of k weights, two a byte, as chunks: (k + 127) / 128 * 64 bytes at `to`.
void pack_nibbles(const std::byte* row, std::int64_t k, bool is_signed, std::int64_t plane,
                  std::byte* to);

// For each zero point z up to 255 + signed_bias: the 16 values i - z, as 64 bytes: 16 floats, or 32
// bfloat16 (twice the same 16).
[[nodiscard]] std::vector<float> make_float_tables();
[[nodiscard]] std::vector<std::uint16_t> make_bf16_tables();

}  // namespace assay::onednn
