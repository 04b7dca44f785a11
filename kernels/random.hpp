// Counter-based random numbers: element i of stream s is a pure function of (seed, s, i), so data
// can be made in any order, by any number of threads, and is the same everywhere.
#pragma once

#include <cstdint>

namespace assay {

// splitmix64's finaliser (Steele, Lea and Flood, 2014).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

[[nodiscard]] constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t stream,
                                                  std::uint64_t index) {
  return mix(mix(seed ^ mix(stream)) + index);
}

// In [0, 1).
[[nodiscard]] constexpr double uniform(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

// Near normal, mean 0 and variance 1: the sum of four 16-bit uniforms (Irwin-Hall), |x| < 3.47.
[[nodiscard]] constexpr float near_normal(std::uint64_t bits) {
  const std::uint64_t sum =
      (bits & 0xffffU) + ((bits >> 16U) & 0xffffU) + ((bits >> 32U) & 0xffffU) + (bits >> 48U);
  // The sum has mean 2 * 65535 and variance 4 (2^32 - 1) / 12.
  return (static_cast<float>(sum) - 131070.0F) * (1.0F / 37837.228F);
}

}  // namespace assay
