#include "bench/reporters/escape.hpp"

#include <cctype>

#include "bench/json_text.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::string markdown_cell(std::string_view text) {
  const std::string clean = printable(text);
  std::string result;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    // An underscore inside a word is no emphasis.
    const bool inside =
        i > 0 && i + 1 < clean.size() && is_word(clean[i - 1]) && is_word(clean[i + 1]);
    if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else if ((c == '@' && (i == 0 || !is_word(clean[i - 1]))) ||
               clean.substr(i).starts_with("://")) {
      // Neither a mention of somebody nor a link.
      result += c;
      result += "<!-- -->";
    } else if (std::string_view("\\|`*[]~").find(c) != std::string_view::npos ||
               (c == '_' && !inside)) {
      result += '\\';
      result += c;
    } else {
      result += c;
    }
  }
  return result;
}

std::string xml_text(std::string_view text) {
  std::string result;
  const std::string clean = printable(text);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    // U+FFFE and U+FFFF are characters that XML has not, even escaped.
    const std::string_view three = std::string_view(clean).substr(i, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") {
      result += "\xEF\xBF\xBD";
      i += 2;
      continue;
    }
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string csv_field(std::string_view text) {
  const std::string value = valid_utf8(std::string(text));
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace assay
