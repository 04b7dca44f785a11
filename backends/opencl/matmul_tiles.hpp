// How each family's kernels may be cut, as a variant of a case or a tuning file says it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace assay::opencl {

// The packed family: register tiles of mr rows x nv vectors, work-items of up to mb x nb outputs, kb
// steps of k at a time.
struct PackedConfig {
  int mr = 8, nv = 2, mb = 128, nb = 256, kb = 256;
  bool operator==(const PackedConfig&) const = default;
};

// "packed-8x2-128x256-256" and back: mr x nv - mb x nb - kb. Nothing if the text is no such variant,
// or its numbers don't fit each other.
[[nodiscard]] std::string to_variant(const PackedConfig& config);
[[nodiscard]] std::optional<PackedConfig> parse_packed(std::string_view variant);

// Work-groups compute tm x tn outputs, tk units of k at a time; work-items rm x rn of them.
struct TiledConfig {
  int tm = 0, tn = 0, tk = 0, rm = 0, rn = 0;
  [[nodiscard]] std::size_t items() const {
    return static_cast<std::size_t>(tm / rm) * static_cast<std::size_t>(tn / rn);
  }
  // Two buffers of both operands; a's rows have room between them.
  [[nodiscard]] std::size_t local_bytes() const {
    return std::size_t{8} * static_cast<std::size_t>(tk) * static_cast<std::size_t>(tm + tn + 4);
  }
  bool operator==(const TiledConfig&) const = default;
};

// "tiled-128x128x16-8x8" and back: tm x tn x tk - rm x rn. Nothing if the text is no such variant, or
// its numbers don't fit each other.
[[nodiscard]] std::string to_variant(const TiledConfig& config);
[[nodiscard]] std::optional<TiledConfig> parse_tiled(std::string_view variant);

// Sub-groups of groups_m x groups_n compute tm x tn outputs by matrix instructions, tiles of k coming
// `stages` at a time.
struct FragmentConfig {
  int tm = 128, tn = 128, groups_m = 2, groups_n = 2, stages = 3;
  bool operator==(const FragmentConfig&) const = default;
};

// "fragment-128x128-2x2-3" and back.
[[nodiscard]] std::string to_variant(const FragmentConfig& config);
[[nodiscard]] std::optional<FragmentConfig> parse_fragment(std::string_view variant);

// The numbers of a variant's text behind `family`, which `pattern` separates: one character each.
// Nothing if the text is none.
[[nodiscard]] bool take_numbers(std::string_view text, std::string_view family,
                                std::string_view pattern, std::initializer_list<int*> numbers);

}  // namespace assay::opencl
