#include "bench/cli/one_line.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace assay {
namespace {

constexpr std::size_t longest = 2000;

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

// Bytes of the character at the start that a terminal may be given; 0 where it may not.
std::size_t harmless(std::string_view text) {
  const unsigned char first = byte_at(text, 0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const std::size_t size = first < 0xC2   ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80) return 0;
  }
  const unsigned char second = byte_at(text, 1);
  // Controls, longer forms than needed, surrogates, beyond Unicode.
  const bool control = first == 0xC2 && second < 0xA0;
  const bool longer = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90);
  // Marks that turn the direction of what follows.
  const unsigned char third = byte_at(text, 2);
  const bool turns = (first == 0xD8 && second == 0x9C) ||
                     (first == 0xE2 && second == 0x80 && (third == 0x8E || third == 0x8F)) ||
                     (first == 0xE2 && second == 0x80 && third >= 0xAA && third <= 0xAE) ||
                     (first == 0xE2 && second == 0x81 && third >= 0xA6 && third <= 0xA9);
  return control || longer || outside || turns ? 0 : size;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    if (line.size() > longest) return line + "...";
    if (text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
      line += ' ';
      ++i;
    } else if (const std::size_t size = harmless(text.substr(i)); size > 0) {
      line += text.substr(i, size);
      i += size;
    } else {
      line += fmt::format("\\x{:02x}", byte_at(text, i));
      ++i;
    }
  }
  return line;
}

}  // namespace assay
