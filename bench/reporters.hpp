// Records as text. Every reporter only formats; none computes a statistic of its own.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/record.hpp"

namespace assay {

struct RunDocument;

enum class Format : std::uint8_t { console, json, csv, markdown, junit };
[[nodiscard]] std::span<const std::string_view> format_names();
[[nodiscard]] Format parse_format(std::string_view text);  // usage Error with the nearest word

struct ReportStyle {
  bool colour = false;   // only for console
  int width = 100;       // columns of the terminal, only for console
  bool unicode = false;  // only for console; otherwise ASCII: "+-"
};

// A whole document.
void report(Format format, const RunDocument& document, const ReportStyle& style,
            std::ostream& out);

// The console table row by row, for live output: header, one row per finished record, footer. The
// rows of a problem are held back until the next problem's first row, or the footer, so that they
// stand beneath each other and are compared to the best of them.
class ConsoleTable {
 public:
  ConsoleTable(std::ostream& out, ReportStyle style) : out_(out), style_(style) {}
  void header(const nlohmann::json& context);
  void row(const Record& record);
  void footer(const std::vector<Record>& records);

 private:
  void flush();

  std::ostream& out_;
  ReportStyle style_;
  std::vector<Record> group_;  // not printed yet
};

}  // namespace assay
