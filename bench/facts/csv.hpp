// Tables in comma-separated values (RFC 4180), with the line of each row for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct CsvRow {
  int line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};

// Error(file) "PATH:LINE: …" for a quote that isn't closed, or text after one. Empty lines are left
// out.
[[nodiscard]] std::vector<CsvRow> parse_csv(const std::string& path, std::string_view text);

}  // namespace assay
