// How the packed family cuts a product: which instruction, which tile, which blocks.
#pragma once

#include <cstdint>
#include <optional>

#include "backends/opencl/instruction_path.hpp"
#include "backends/opencl/matmul_panels.hpp"
#include "backends/opencl/matmul_tiles.hpp"

namespace assay::opencl {

struct PackedPlan {
  const InstructionPath* path = nullptr;  // null: plain
  std::int64_t vector = 0;                // floats of a vector
  PackedConfig config;
  bool direct = false;  // matmul_direct: few rows of quantised weights
  bool unpack = false;  // weights are converted block by block
  WeightLayout layout;
  std::int64_t row_block = 0, column_block = 0, splits = 1, k_part = 0;
  std::int64_t row_blocks = 0, column_blocks = 0;
};

// `path` is the instruction for the shape's dtype, null for none.
[[nodiscard]] PackedPlan plan_packed_matmul(const Session& session, const MatmulShape& shape,
                                            const InstructionPath* path,
                                            const std::optional<PackedConfig>& config);

// The instruction that the packed family uses for the dtype on the device; it is probed if need be.
[[nodiscard]] const InstructionPath* packed_path(const Session& session, const MatmulShape& shape);

}  // namespace assay::opencl
