#include "bench/comparison/gate.hpp"

#include <iostream>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/verdict_output.hpp"
#include "bench/quantity.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(The run is held against the scatter between the baseline's runs, which must have been measured on
the same hardware, drivers and settings: otherwise nothing is judged (exit 3) and the differences are
named. With fewer than 3 runs in the baseline that scatter is unknown and only large slowdowns are
called. `assay ab` measures two builds side by side and sees much less.
Exit codes: 0 pass, 1 regression, 2 inconclusive (--strict), 3 refused, 4 a wrong result in the run,
5 no baseline, 6 a failed case in the run.

Examples:
  assay run --suite smoke --out run.json
  assay gate run.json --baseline baseline.jsonl --format junit
  assay baseline add run.json --baseline baseline.jsonl)";

}  // namespace

Exit gate_verb(Arguments arguments, Output& out) {
  std::string path;
  std::string baseline;
  std::string noise;
  VerdictOutput output;
  Command command("gate", "Whether a run is slower than a stored baseline.", footer);
  command.positional("result", path, "a result file", "FILE");
  command.text("--baseline,-b", baseline, "a file of baselines, or a folder of *.jsonl",
               "FILE|DIR");
  command.text("--assumed-noise", noise, "between runs, where the baseline has fewer than 3 [10%]",
               "FRACTION");
  output.add_flags(command);
  if (!command.parse(arguments, out)) return Exit::pass;
  output.check();
  if (path.empty()) throw usage_error("assay gate needs a result file (assay run --out FILE)");
  if (baseline.empty()) throw usage_error("assay gate needs --baseline");
  GateOptions options;
  options.rule.margin = output.margin();
  if (!noise.empty()) options.assumed_noise = parse_fraction("--assumed-noise", noise);
  const ResultFile run = read_result_file(path);
  std::vector<BaselineEntry> entries;
  try {
    entries = read_baseline(baseline);
  } catch (const Error& error) {
    std::cerr << "assay: " << error.what() << "\n";
    return Exit::baseline;
  }
  return output.write(gate(run, entries, options), out);
}

}  // namespace assay
