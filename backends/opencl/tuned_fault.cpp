#include "backends/opencl/tuned_fault.hpp"

#include <array>

#include "backends/opencl/attention_blocks.hpp"
#include "backends/opencl/matmul_tiles.hpp"
#include "backends/tuning.hpp"

namespace assay::opencl {
namespace {

struct TunedFamily {
  std::string_view problems;  // what a class of problems begins with
  bool (*parses)(std::string_view variant);
  std::string example;
};

}  // namespace

std::string tuned_fault(std::string_view problems, std::string_view variant) {
  if (variant == tuned_to_default) return {};
  const std::array families = {
      TunedFamily{"matmul packed ", [](std::string_view v) { return parse_packed(v).has_value(); },
                  to_variant(PackedConfig{})},
      TunedFamily{"matmul tiled ", [](std::string_view v) { return parse_tiled(v).has_value(); },
                  to_variant(TiledConfig{128, 128, 16, 8, 8})},
      TunedFamily{"matmul fragment ",
                  [](std::string_view v) { return parse_fragment(v).has_value(); },
                  to_variant(FragmentConfig{})},
      TunedFamily{"attention fragment ",
                  [](std::string_view v) { return parse_blocks(v).has_value(); },
                  to_variant(AttentionBlocks{2, 32})},
  };
  for (const TunedFamily& family : families) {
    if (!problems.starts_with(family.problems) || family.parses(variant)) continue;
    return "'" + std::string(variant) + "' for '" + std::string(problems) +
           "' is no configuration such as " + family.example;
  }
  return {};
}

}  // namespace assay::opencl
