#include "bench/comparison/compare.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/evidence_files.hpp"
#include "bench/comparison/compare_report.hpp"
#include "bench/json_text.hpp"
#include "bench/portability/portability_report.hpp"
#include "bench/quantity.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Ratios are other / base of times per call: above 1 is slower. Each file is held against the first.
A ratio is of the launches' geometric means, the times beside it are the launches' medians: where
launches scatter, the two times' quotient is another one.
Cases match by problem, backend, variant, vendor, device name and hardware; with --across by problem
alone, device against device, also within one file. Files of other programs that write Google
Benchmark's JSON can be read as well.
  slower, faster  shown at 1 % over all cases (Holm) and by at least 1 %
  same            shown to lie within the margin
  unclear         neither: more launches would tell
  unknown         fewer than 3 launches, or one process only: no interval
With --by the files are taken together: how much of the problems each backend, device or vendor runs
right, and its speed against the best known on the same device and against the device's own ceilings.

Examples:
  assay compare monday.json tuesday.json
  assay compare results.json --across --base onednn --format markdown
  assay compare results.json --by backend)";

void report_portability(Format format, const std::vector<std::string>& paths, const std::string& by,
                        std::ostream& out) {
  const PortabilityBy platform = parse_portability(by);
  const FactTable facts = built_in_facts();
  const Evidence evidence = evidence_from(paths, facts, "compare --by");
  const std::vector<PortabilityGroup> groups = portability(evidence, platform);
  switch (format) {
    case Format::console:
      return print_portability(groups, out);
    case Format::markdown:
      return print_portability_markdown(groups, out);
    case Format::json:
      out << pretty(writable(portability_json(groups)));
      return;
    case Format::csv:
    case Format::junit:
      break;
  }
  throw usage_error("assay compare --by writes console, markdown or json");
}

}  // namespace

Exit compare_verb(Arguments arguments, Output& out) {
  std::vector<std::string> paths;
  std::string format = "console";
  std::string margin;
  std::string by;
  CompareOptions options;
  Command command("compare", "Ratios with intervals between result files, or between devices.",
                  footer);
  command.positionals("files", paths, "result files; the first is the base", "FILE");
  command.flag("--across,-x", options.across, "devices and backends against each other");
  command.text("--base", options.base, "with --across: part of the name of the base", "TEXT");
  command.text("--by", by, "performance portability: backend, device, vendor", "WORD");
  command.text("--margin", margin, "what still counts as the same [3%]", "FRACTION");
  command.text("--format", format, "console, json, csv, markdown [console]", "WORD");
  if (!command.parse(arguments, out)) return Exit::pass;
  const Format chosen = parse_format(format);
  if (!by.empty()) {
    refuse_given("--by takes no", {{"--across", options.across},
                                   {"--base", !options.base.empty()},
                                   {"--margin", !margin.empty()}});
    report_portability(chosen, paths, by, out);
    return Exit::pass;
  }
  if (!margin.empty()) options.margin = parse_fraction("--margin", margin);
  std::vector<ResultFile> files;
  for (const std::string& path : paths) files.push_back(read_result_file(path));
  report_comparison(chosen, compare(files, options), out);
  return Exit::pass;
}

}  // namespace assay
