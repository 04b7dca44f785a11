// Tensors as .npy files (NumPy's format, versions 1 to 3; see numpy.lib.format).
//
//   f32 '<f4'   f16 '<f2'   s8 '|i1'   u8 '|u1'   s32 '<i4'
//   bf16 '<u2': the upper half of an f32 (also read: '<V2', as ml_dtypes writes it)
//   s4, u4 '|u1' with half the last dimension: element 2i in the low nibble of byte i; where that dimension
//          is odd, one dimension of bytes: elements in C order, the first in the low nibble
//
// Arrays are in C order (row-major) and little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "kernels/problem.hpp"

namespace assay {

struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::size_t data_offset = 0;  // bytes from the start of the file
};

// From the start of a file; Error(file) saying what is wrong.
[[nodiscard]] NpyHeader parse_npy_header(std::span<const std::byte> start);

// Fills `data` (spec.bytes() of it). Error(file) "FILE: …" for a file of another shape, dtype,
// byte order or length.
void read_npy(const std::filesystem::path& path, const TensorSpec& spec, std::span<std::byte> data);

// Replaces the file; Error(file) where it can't be written completely.
void write_npy(const std::filesystem::path& path, const TensorSpec& spec,
               std::span<const std::byte> data);

}  // namespace assay
