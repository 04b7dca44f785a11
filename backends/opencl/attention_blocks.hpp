// How attention by matrix instructions may be cut, as a variant of a case or a tuning file says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::opencl {

// Of a work-group: row tiles of each sub-group, and keys that it takes at a time.
struct AttentionBlocks {
  static constexpr std::int64_t teams = 4;           // sub-groups
  static constexpr std::int64_t fragment_rows = 16;  // of a row tile
  int row_tiles = 0, keys = 0;
  [[nodiscard]] std::int64_t rows() const { return teams * row_tiles * fragment_rows; }
  bool operator==(const AttentionBlocks&) const = default;
};

// "fragment-2x32" and back. Nothing if the text is no such variant.
[[nodiscard]] std::string to_variant(const AttentionBlocks& blocks);
[[nodiscard]] std::optional<AttentionBlocks> parse_blocks(std::string_view variant);

}  // namespace assay::opencl
