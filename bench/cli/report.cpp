#include "bench/report/report.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/evidence_files.hpp"
#include "bench/data_files.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(The page is one file that needs no network: summary, verdicts on claims, rooflines, throughput by
size, decode, portability, devices, and every case with its label and the command that repeats it.

Examples:
  assay report results.json -o report.html
  assay report results/local --format markdown > report.md)";

constexpr std::array<std::string_view, 2> formats = {"html", "markdown"};

}  // namespace

Exit report_verb(Arguments arguments, Output& out) {
  std::vector<std::string> paths;
  std::string output;
  std::string format = "html";
  bool no_claims = false;
  Command command("report", "One page of everything that records say.", footer);
  command.positionals("records", paths, "result files and folders of them", "PATH");
  command.text("--out,-o", output, "where to [stdout]", "FILE");
  command.text("--format", format, "html, markdown [html]", "WORD");
  command.flag("--no-claims", no_claims, "without verdicts");
  if (!command.parse(arguments, out)) return Exit::pass;
  if (std::ranges::find(formats, format) == formats.end()) {
    throw usage_error(unknown_word("format", format, formats));
  }
  if (!is_stdout(output)) check_writable(output);
  const FactTable facts = built_in_facts();
  const Evidence evidence = evidence_from(paths, facts, "report");
  Report report;
  report.evidence = &evidence;
  for (const std::string& file : evidence.files()) {
    report.runs.push_back({file, parse_run_document(read_data_file(file))});
  }
  const std::vector<Claim> claims = no_claims ? std::vector<Claim>() : built_in_claims(facts);
  report.verdicts = judge_all(claims, evidence);
  report.by_backend = portability(evidence, PortabilityBy::backend);
  report.by_device = portability(evidence, PortabilityBy::device);
  report.by_vendor = portability(evidence, PortabilityBy::vendor);
  std::ostringstream text;
  if (format == "html") {
    write_html(report, text);
  } else {
    write_markdown(report, text);
  }
  if (is_stdout(output)) {
    out << text.str();
  } else {
    write_file(output, text.str(), "the report");
  }
  return Exit::pass;
}

}  // namespace assay
