#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "bench/atomic_file.hpp"
#include "bench/claims/verdict.hpp"
#include "bench/claims/verdict_text.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/evidence_files.hpp"
#include "bench/json_text.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(A claim's file holds its words, its source, the quantities it needs and the margins of its decision;
all of that was fixed before measuring, and the file's SHA-256 is printed with the verdict.
  SUPPORTED, REFUTED   the 95 % interval lies beyond the margin
  CONDITIONAL          true here and not there; the boundary is shown
  INCONCLUSIVE         fewer than 10 runs a side, or an interval that crosses the margin
  NOT MEASURABLE HERE  no such device among the records; what datasheets say isn't a measurement
  OUT OF SCOPE         a market fact
Runs are launches (processes), intervals are bootstrapped over them, and widened by 5 % where one
board speaks for its model.

Examples:
  assay verdict --records results/
  assay verdict lighter-models-move-to-device --records run.json
  assay verdict --measure)";

struct Asked {
  std::vector<std::string> ids;
  std::vector<std::string> records;
  std::string claims;
  std::string facts;
  std::string format = "console";
  bool details = false;
  bool measure = false;
};

std::vector<Claim> chosen(std::vector<Claim> claims, const std::vector<std::string>& ids) {
  if (ids.empty()) return claims;
  std::vector<std::string_view> known;
  for (const Claim& claim : claims) known.push_back(claim.id);
  std::vector<Claim> result;
  for (const std::string& id : ids) {
    const auto found = std::ranges::find(claims, id, &Claim::id);
    if (found == claims.end()) throw usage_error(unknown_word("claim", id, known));
    result.push_back(*found);
  }
  return result;
}

// Runs what the claims that can be measured need, on every device here; the path of the records.
// Its table goes to stderr: stdout is the verdicts'.
std::string measured() {
  const std::string path = "results/local/claims.json";
  const std::vector<std::string> arguments = {"--suite", "claims", "--out", path};
  create_folder_of(path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // what an earlier run left isn't this one's
  Output table(STDERR_FILENO);
  const Exit code = run_verb(arguments, table);
  if (!std::filesystem::exists(path, ignored)) {
    throw Error(Error::Kind::internal, "measuring left no records: " + path);
  }
  if (code == Exit::interrupted) throw Error(Error::Kind::internal, "measuring was interrupted");
  return path;
}

}  // namespace

Exit verdict_verb(Arguments arguments, Output& out) {
  Asked asked;
  Command command("verdict", "What measurements say of claims about accelerators.", footer);
  command.positionals("ids", asked.ids, "ids of claims [all]", "CLAIM");
  command.texts("--records,-r", asked.records, "result file, or a folder of them; repeatable",
                "PATH");
  command.flag("--measure", asked.measure, "measure what the claims need first");
  command.flag("--details", asked.details,
               "numbers, intervals, margins, sources [for named claims]");
  command.text("--claims", asked.claims, "other claims [the built-in ones]", "PATH");
  command.text("--facts", asked.facts, "other facts [the built-in ones]", "FILE");
  command.text("--format", asked.format, "console, markdown, json [console]", "WORD");
  if (!command.parse(arguments, out)) return Exit::pass;
  constexpr std::array<std::string_view, 3> formats = {"console", "markdown", "json"};
  if (std::ranges::find(formats, asked.format) == formats.end()) {
    throw usage_error(unknown_word("format", asked.format, formats));
  }
  const FactTable facts = asked.facts.empty() ? built_in_facts() : read_facts(asked.facts);
  const std::vector<Claim> claims = chosen(
      asked.claims.empty() ? built_in_claims(facts) : read_claims(asked.claims, facts), asked.ids);
  if (asked.measure) asked.records.push_back(measured());
  const Evidence evidence = evidence_from(asked.records, facts, "verdict");
  const std::vector<ClaimVerdict> verdicts = judge_all(claims, evidence);
  if (asked.format == "json") {
    out << pretty(writable(verdicts_json(verdicts)));
  } else if (asked.format == "markdown") {
    print_verdicts_markdown(verdicts, out);
  } else {
    print_verdicts(verdicts, asked.details || !asked.ids.empty(), out);
  }
  return Exit::pass;
}

}  // namespace assay
