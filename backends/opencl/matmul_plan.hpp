// How the packed family cuts a product: which instruction, which tile, which blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/opencl/instruction_path.hpp"
#include "backends/opencl/matmul_panels.hpp"

namespace assay::opencl {

// What the tuner chooses: register tiles of mr rows x nv vectors, work-items of up to mb x nb
// outputs, kb steps of k at a time.
struct PackedConfig {
  int mr = 8, nv = 2, mb = 128, nb = 256, kb = 256;
  bool operator==(const PackedConfig&) const = default;
};

// "packed-8x2-128x256-256" and back: mr x nv - mb x nb - kb. Nothing if the text is no such variant,
// or its numbers don't fit each other.
[[nodiscard]] std::string to_variant(const PackedConfig& config);
[[nodiscard]] std::optional<PackedConfig> parse_packed(std::string_view variant);

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
