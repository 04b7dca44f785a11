#include "bench/reporters.hpp"

#include <algorithm>
#include <array>

#include "bench/reporters/formats.hpp"
#include "bench/run_document.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 5> names = {"console", "json", "csv", "markdown", "junit"};

}  // namespace

std::span<const std::string_view> format_names() { return names; }

Format parse_format(std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) throw usage_error(unknown_word("format", text, names));
  return static_cast<Format>(found - names.begin());
}

void report(Format format, const RunDocument& document, const ReportStyle& style,
            std::ostream& out) {
  switch (format) {
    case Format::console:
      return report_console(document, style, out);
    case Format::json:
      return report_json(document, out);
    case Format::csv:
      return report_csv(document, out);
    case Format::markdown:
      return report_markdown(document, out);
    case Format::junit:
      return report_junit(document, out);
  }
}

}  // namespace assay
