// JSON as text that every reader accepts: finite numbers, valid UTF-8, a stable order.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace assay {

// Bytes that aren't UTF-8 made U+FFFD.
[[nodiscard]] std::string valid_utf8(const std::string& text);

// The same document with every number that isn't finite made null, and every byte that isn't UTF-8
// (drivers and crashed workers say anything) made U+FFFD, in values and keys.
[[nodiscard]] nlohmann::json writable(nlohmann::json value);

// Indented by two; arrays of plain values on one line; names and times before details. Ends with
// a newline.
[[nodiscard]] std::string pretty(const nlohmann::json& value);

}  // namespace assay
