// Filling tensors with counter-based random values, in bulk and in parallel: element i depends on
// (seed, stream, i) alone.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kernels/problem.hpp"

namespace assay {

// Near-normal values of variance scale^2, floats only.
void fill_normal(DType dtype, std::span<std::byte> data, std::uint64_t seed, std::uint64_t stream,
                 double scale);

// Every value of an integer type with equal chances; -128 becomes -127 where `symmetric`.
void fill_integers(DType dtype, std::span<std::byte> data, std::uint64_t seed, std::uint64_t stream,
                   bool symmetric);

// value(i) for every element, where evaluation is too rare to matter or too special to share.
// 4-bit types: `elements` must be even.
void fill_each(DType dtype, std::span<std::byte> data, std::int64_t elements,
               const std::function<double(std::int64_t)>& value);

// Positions along a dimension of `size` where tiled code goes wrong, sorted: the first, the last,
// and both sides of the first and last border of tiles of 8, 16, 32, 64, 128 and 256.
[[nodiscard]] std::vector<std::int64_t> tile_borders(std::int64_t size);

}  // namespace assay
