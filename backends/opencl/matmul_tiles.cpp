#include "backends/opencl/matmul_tiles.hpp"

#include <charconv>

namespace assay::opencl {

bool take_numbers(std::string_view text, std::string_view family, std::string_view pattern,
                  std::initializer_list<int*> numbers) {
  if (!text.starts_with(family)) return false;
  text.remove_prefix(family.size());
  std::size_t next = 0;
  for (int* number : numbers) {
    if (next > 0) {
      if (!text.starts_with(pattern[next - 1])) return false;
      text.remove_prefix(1);
    }
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (code != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    ++next;
  }
  return text.empty();
}

std::string to_variant(const PackedConfig& c) {
  return "packed-" + std::to_string(c.mr) + "x" + std::to_string(c.nv) + "-" +
         std::to_string(c.mb) + "x" + std::to_string(c.nb) + "-" + std::to_string(c.kb);
}

std::optional<PackedConfig> parse_packed(std::string_view variant) {
  PackedConfig c;
  if (!take_numbers(variant, "packed-", "x-x-", {&c.mr, &c.nv, &c.mb, &c.nb, &c.kb})) {
    return std::nullopt;
  }
  const bool sane = c.mr >= 1 && c.mr <= 16 && c.nv >= 1 && c.nv <= 4 && c.mb >= c.mr &&
                    c.mb <= 512 && c.mb % c.mr == 0 && c.nb >= 64 && c.nb <= 1024 &&
                    c.nb % (16 * c.nv) == 0 && c.kb >= 64 && c.kb <= 2048 && c.kb % 64 == 0;
  return sane ? std::optional(c) : std::nullopt;
}

std::string to_variant(const TiledConfig& c) {
  return "tiled-" + std::to_string(c.tm) + "x" + std::to_string(c.tn) + "x" + std::to_string(c.tk) +
         "-" + std::to_string(c.rm) + "x" + std::to_string(c.rn);
}

std::optional<TiledConfig> parse_tiled(std::string_view variant) {
  TiledConfig c;
  if (!take_numbers(variant, "tiled-", "xx-x", {&c.tm, &c.tn, &c.tk, &c.rm, &c.rn})) {
    return std::nullopt;
  }
  const auto tile = [](int size, int each) {
    return (each == 4 || each == 8) && size >= each && size <= 256 && size % each == 0;
  };
  if (!tile(c.tm, c.rm) || !tile(c.tn, c.rn) || (c.tk != 8 && c.tk != 16 && c.tk != 32)) {
    return std::nullopt;
  }
  // Every work-item loads the same number of elements of each operand, four at a time.
  const auto each = 4 * static_cast<int>(c.items());
  if (c.items() > 1024 || c.tm * c.tk % each != 0 || c.tn * c.tk % each != 0) return std::nullopt;
  return c;
}

std::string to_variant(const FragmentConfig& c) {
  return "fragment-" + std::to_string(c.tm) + "x" + std::to_string(c.tn) + "-" +
         std::to_string(c.groups_m) + "x" + std::to_string(c.groups_n) + "-" +
         std::to_string(c.stages);
}

std::optional<FragmentConfig> parse_fragment(std::string_view variant) {
  FragmentConfig c;
  if (!take_numbers(variant, "fragment-", "x-x-",
                    {&c.tm, &c.tn, &c.groups_m, &c.groups_n, &c.stages})) {
    return std::nullopt;
  }
  // A sub-group has whole fragments, of 16 rows and columns or 32, and no more than it has registers for.
  const auto side = [](int size, int groups) {
    return groups >= 1 && groups <= 8 && size >= 16 && size <= 256 && size % (32 * groups) == 0 &&
           size / groups <= 128;
  };
  const bool sane = side(c.tm, c.groups_m) && side(c.tn, c.groups_n) &&
                    c.groups_m * c.groups_n <= 8 && c.stages >= 2 && c.stages <= 6;
  return sane ? std::optional(c) : std::nullopt;
}

}  // namespace assay::opencl
