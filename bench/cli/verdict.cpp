#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/claims/verdict.hpp"
#include "bench/claims/verdict_text.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/evidence_files.hpp"
#include "bench/json_text.hpp"
#include "bench/suite.hpp"
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
  assay verdict signs-of-surpassing-nvidia --records results/ --watts H100=700 --watts MI300X=750
  assay verdict lighter-models-move-to-device --measure --device onednn:0 --max-time 10min)";

constexpr std::string_view suite_of_claims = "claims";

struct Asked {
  std::vector<std::string> ids;
  std::vector<std::string> records;
  std::vector<std::string> watts;
  std::vector<std::string> prices;
  std::string claims;
  std::string facts;
  std::vector<std::string> devices;
  std::string max_time;
  std::string out;
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

// The suite `claims` without what no quantity of these claims asks for.
std::string suite_for(const std::vector<Claim>& claims) {
  const auto suites = built_in_suites();
  const auto whole = std::ranges::find(suites, suite_of_claims, &BuiltInSuite::name);
  std::istringstream lines{std::string(whole->text)};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("set ")) text += line + "\n";
  }
  bool any = false;
  for (const Case& c : load_suite(std::string(suite_of_claims)).cases) {
    const bool needed = std::ranges::any_of(claims, [&](const Claim& claim) {
      return std::ranges::any_of(claim.quantities, [&](const ClaimQuantity& q) {
        return q.cases && q.cases->matches(c.problem);
      });
    });
    if (!needed) continue;
    any = true;
    // A case's name, in a suite's way of writing it.
    std::string line = problem_name(c.problem);
    std::ranges::replace(line, '/', ' ');
    std::ranges::replace(line, ':', '=');
    text += line + "\n";
  }
  if (!any) {
    throw usage_error("--measure: no case that can be measured would decide " +
                      (claims.size() == 1 ? "'" + claims.front().id + "'" : "these claims"));
  }
  return text;
}

// A name of its own: what was measured before stays.
std::string new_records() {
  std::array<char, 64> host{};
  gethostname(host.data(), host.size() - 1);
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> date{};
  std::tm local{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H%M%S", localtime_r(&now, &local));
  return fmt::format("results/local/claims-{}-{}.json", host.data(), date.data());
}

// How much the memory of accelerators holds, where a claim asks for it; empty where there is none.
std::string capacities(const Asked& asked, const std::vector<Claim>& claims,
                       const std::string& path) {
  const bool asked_for = std::ranges::any_of(claims, [](const Claim& claim) {
    return std::ranges::find(claim.quantities, MeasureKind::memory, &ClaimQuantity::measure) !=
           claim.quantities.end();
  });
  if (!asked_for || !asked.devices.empty()) return {};
  Output table(STDERR_FILENO);
  try {
    (void)capacity_verb(std::vector<std::string>{"--out", path}, table);
    return path;
  } catch (const Error& error) {
    std::cerr << "assay: capacity: " << error.what() << "\n";
    return {};
  }
}

// Runs what the claims need; the path of the records, which are kept, or nothing where the user
// interrupted it. Its table goes to stderr: stdout is the verdicts'.
std::optional<std::string> measured(const Asked& asked, const std::vector<Claim>& claims) {
  const std::string path = asked.out.empty() ? new_records() : asked.out;
  std::vector<std::string> arguments = {
      "--suite", std::string(suite_of_claims), "--out", path, "--out-format", "json"};
  const std::string suite = path + ".suite";
  // The folder of our own choice is made; one that the user names is there.
  if (asked.out.empty()) create_folder_of(path);
  check_writable(path);
  if (!asked.ids.empty() || !asked.claims.empty()) {
    arguments[1] = suite;
    write_file(suite, suite_for(claims), "the suite");
  }
  for (const std::string& device : asked.devices) {
    arguments.insert(arguments.end(), {"--device", device});
  }
  if (!asked.max_time.empty()) {
    arguments.insert(arguments.end(), {"--max-time", asked.max_time});
  }
  Output table(STDERR_FILENO);
  std::error_code ignored;
  Exit code = Exit::pass;
  try {
    code = run_verb(arguments, table);
  } catch (...) {
    std::filesystem::remove(suite, ignored);
    throw;
  }
  std::filesystem::remove(suite, ignored);
  if (!std::filesystem::exists(path, ignored)) {
    throw Error(Error::Kind::internal, "measuring left no records: " + path);
  }
  std::cerr << "records: " << path << "\n";
  return code == Exit::interrupted ? std::nullopt : std::optional(path);
}

}  // namespace

Exit verdict_verb(Arguments arguments, Output& out) {
  Asked asked;
  Command command("verdict", "What measurements say of claims about accelerators.", footer);
  command.positionals("ids", asked.ids, "ids of claims [all]", "CLAIM");
  command.texts("--records,-r", asked.records, "result file, or a folder of them; repeatable",
                "PATH");
  command.texts("--watts", asked.watts,
                "that a device draws at work, for energy per unit of work; repeatable", "DEVICE=W");
  command.texts("--price", asked.prices,
                "of a device, for work per unit of price, all in one currency; repeatable",
                "DEVICE=N");
  command.flag("--measure", asked.measure, "measure what the claims need first");
  command.texts("--device", asked.devices, "where --measure measures [as assay run]", "DEVICE");
  command.text("--max-time", asked.max_time, "that --measure may take [40min]", "TIME");
  command.text("--out,-o", asked.out,
               "where --measure leaves its records [results/local/claims-HOST-DATE.json]", "FILE");
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
  const bool for_measuring =
      !asked.devices.empty() || !asked.max_time.empty() || !asked.out.empty();
  if (for_measuring && !asked.measure) {
    throw usage_error("--device, --max-time and --out say how --measure measures");
  }
  if (asked.measure) {
    const std::optional<std::string> records = measured(asked, claims);
    if (!records) return Exit::interrupted;
    asked.records.push_back(*records);
    const std::string memory = capacities(asked, claims, *records + ".capacity.json");
    if (!memory.empty()) asked.records.push_back(memory);
  }
  Evidence evidence = evidence_from(asked.records, facts, "verdict");
  evidence.set_watts(asked.watts);
  evidence.set_prices(asked.prices);
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
