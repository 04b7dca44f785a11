// Anyone's text inside a format of ours, taken literally. Control characters become blanks.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// What a cell of a markdown table would take for markup.
[[nodiscard]] std::string markdown_cell(std::string_view text);

// Inside an attribute in double quotes, or between tags.
[[nodiscard]] std::string xml_text(std::string_view text);

// A field of comma-separated values, quoted where it must be (RFC 4180); bytes that aren't UTF-8
// become U+FFFD, control characters stay.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace assay
