#include <cctype>

#include "bench/reporters/formats.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// What a table cell would take for markup, taken literally.
std::string cell(std::string_view text) {
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

std::string row(const Record& record) {
  std::string line = "| " + cell(record.name) + " | " + cell(record.device_name) + " | " +
                     cell(record.implementation) + " | ";
  if (!has_summary(record)) {
    line += cell(outcome(record)) + " | | | | | ";
  } else {
    const Summary summary = summarise(record);
    line += time_text(summary.median_ns) + " | " + precision_text(summary.precision(), true) +
            " | " + four_digits(summary.flops_per_second / 1e9) + " | " +
            four_digits(summary.bytes_per_second / 1e9) + " | " + cell(check_word(record)) + " | ";
  }
  return line + cell(joined(record.labels, ", ")) + " |\n";
}

}  // namespace

void report_markdown(const RunDocument& document, std::ostream& out) {
  out << cell(machine_line(document.context)) << "\n\n"
      << "| case | device | implementation | time | 95 % | GFLOP/s | GB/s | checked | labels |\n"
      << "|:--|:--|:--|--:|--:|--:|--:|:--|:--|\n";
  for (const Record& record : document.records) out << row(record);
  out << "\n" << counts_line(document.records) << "\n";
}

}  // namespace assay
