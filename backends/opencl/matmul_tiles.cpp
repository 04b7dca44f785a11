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
  // Every work-item loads the same number of elements of each operand.
  const auto items = static_cast<int>(c.items());
  if (items > 1024 || c.tm * c.tk % items != 0 || c.tn * c.tk % items != 0) return std::nullopt;
  return c;
}

}  // namespace assay::opencl
