#include "backends/opencl/attention_blocks.hpp"

#include "backends/opencl/matmul_tiles.hpp"

namespace assay::opencl {

std::string to_variant(const AttentionBlocks& blocks) {
  return "fragment-" + std::to_string(blocks.row_tiles) + "x" + std::to_string(blocks.keys);
}

std::optional<AttentionBlocks> parse_blocks(std::string_view variant) {
  AttentionBlocks blocks;
  if (!take_numbers(variant, "fragment-", "x", {&blocks.row_tiles, &blocks.keys})) {
    return std::nullopt;
  }
  const bool sane = (blocks.row_tiles == 1 || blocks.row_tiles == 2) &&
                    (blocks.keys == 16 || blocks.keys == 32 || blocks.keys == 64);
  return sane ? std::optional(blocks) : std::nullopt;
}

}  // namespace assay::opencl
