#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/claims/verdict_text.hpp"
#include "bench/portability/portability_report.hpp"
#include "bench/report/report.hpp"
#include "bench/reporters.hpp"
#include "bench/reporters/escape.hpp"

namespace assay {

void write_markdown(const Report& report, std::ostream& out) {
  out << "## assay report\n\n";
  for (const std::string& line : plain_words(report)) out << "- " << markdown_cell(line) << "\n";
  if (!report.verdicts.empty()) {
    out << "\n### Claims\n\n";
    print_verdicts_markdown(report.verdicts, out);
  }
  if (report.by_backend.size() > 1) {
    out << "\n### Portability\n\n";
    print_portability_markdown(report.by_backend, out);
  }
  if (report.by_device.size() > 1) {
    out << "\n### Portability across devices\n\n";
    print_portability_markdown(report.by_device, out);
  }
  if (report.vendors_differ()) {
    out << "\n### Portability across vendors\n\n";
    print_portability_markdown(report.by_vendor, out);
  }
  for (const ReportRun& run : report.runs) {
    out << "\n### " << markdown_cell(run.path) << "\n\n";
    assay::report(Format::markdown, run.document, {}, out);
  }
}

}  // namespace assay
