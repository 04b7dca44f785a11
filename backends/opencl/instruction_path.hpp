// The special instructions that kernels can use: what each is called, where it can exist, and which
// file of the tile multiply-accumulate (tile.cl) or of the matrix fragments (fragment.cl) reaches it.
// Whether a device really has one is found out by its probe (probe.hpp), never assumed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "kernels/dtype.hpp"

namespace assay::opencl {

struct InstructionPath {
  enum class Maker : std::uint8_t { any, x86, nvidia, intel, amd };
  enum class Kind : std::uint8_t { tile, fragment };

  std::string_view name;        // "nvidia.mma"
  DType dtype;                  // of a's elements; b's are the same, s8 for u8
  Kind kind;                    // which seam
  std::string_view definition;  // the macro that chooses the file: "PATH_NVIDIA_MMA"
  Maker maker;                  // whose devices can have it
  std::string_view cpu_flag;    // of /proc/cpuinfo, for CPU devices: without it there is none
  int k_unit;                   // tile: elements along k of one multiply-accumulate
  int lanes;  // tile: columns of one, 1 or 16; fragment: work-items of a sub-group
  std::string_view second_definition = {};  // likewise
};

// Prepared::path of a kernel that multiplies with it; null: with f32 multiply-adds.
[[nodiscard]] std::string ceiling_path(const InstructionPath* path);

// In the order in which kernels prefer them, for each dtype.
[[nodiscard]] std::span<const InstructionPath> instruction_paths();

}  // namespace assay::opencl
