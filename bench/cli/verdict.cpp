#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/claims/verdict.hpp"
#include "bench/claims/verdict_text.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/evidence_files.hpp"
#include "bench/cli/measure_claims.hpp"
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
  INCONCLUSIVE         fewer than 10 runs a side, or an interval that crosses the margin; sizes
                       and devices of fewer are left out where others have enough
  NOT MEASURABLE HERE  no such device among the records; what datasheets say isn't a measurement
  OUT OF SCOPE         a market fact
Energy and price for each unit of work follow from what you say of a device (--watts, --price); what
lacks that says which flag.
Runs are launches (processes), intervals are bootstrapped over them, and widened by 5 % where one
board speaks for its model.

Examples:
  assay verdict --records results/
  assay verdict lighter-models-move-to-device --records run.json
  assay verdict signs-of-surpassing-nvidia --records results/ --watts H100=700 --watts MI300X=750
  assay verdict lighter-models-move-to-device --measure --device onednn:0 --max-time 10min)";

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

// Whether a verdict could rest on it: on watts, or else on a price, of that device.
bool asks_for(const Claim& claim, bool watts, const DeviceModel& device, const Evidence& evidence) {
  return std::ranges::any_of(claim.quantities, [&](const ClaimQuantity& q) {
    const bool power = q.per == "watt" || q.value == "joule";
    if (watts ? !power : q.per != "price") return false;
    const auto models = evidence.find(claim.sides.at(q.side));
    return std::ranges::find(models, &device) != models.end();
  });
}

// What changes nothing is said.
void note_unasked(const std::vector<std::string>& words, bool watts,
                  const std::vector<Claim>& claims, const Evidence& evidence) {
  const char* flag = watts ? "--watts" : "--price";
  for (const std::string& word : words) {
    const std::string part = parse_said(flag, word).part;
    const bool asked = std::ranges::any_of(evidence.models(), [&](const DeviceModel& device) {
      return device.name.find(part) != std::string::npos &&
             std::ranges::any_of(claims, [&](const Claim& claim) {
               return asks_for(claim, watts, device, evidence);
             });
    });
    if (!asked) std::cerr << "note: no verdict asks for " << flag << " " << word << "\n";
  }
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
  command.flag("--measure", asked.measure,
               "measure what the claims need first, beside vendors' own libraries where they ask");
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
  if (asked.details && asked.format == "markdown") {
    throw usage_error("--details is for --format console; --format json always has them");
  }
  // What is wrong with the command is said before an hour of measuring, not after it.
  for (const std::string& word : asked.watts) (void)parse_said("--watts", word);
  for (const std::string& word : asked.prices) (void)parse_said("--price", word);
  Evidence evidence =
      asked.measure ? Evidence(facts) : evidence_from(asked.records, facts, "verdict");
  Exit code = Exit::pass;
  if (asked.measure) {
    read_records(asked.records, evidence);
    const bool all = asked.ids.empty() && asked.claims.empty();
    const MeasuredClaims measured =
        measure_claims(claims, {asked.devices, asked.max_time, asked.out, all});
    code = measured.code;
    if (code == Exit::interrupted) return code;
    read_records(measured.files, evidence);
  }
  evidence.set_watts(asked.watts);
  evidence.set_prices(asked.prices);
  note_unasked(asked.watts, true, claims, evidence);
  note_unasked(asked.prices, false, claims, evidence);
  const std::vector<ClaimVerdict> verdicts = judge_all(claims, evidence);
  if (asked.format == "json") {
    out << pretty(writable(verdicts_json(verdicts)));
  } else if (asked.format == "markdown") {
    print_verdicts_markdown(verdicts, out);
  } else {
    print_verdicts(verdicts, asked.details || !asked.ids.empty(), out);
  }
  return code;
}

}  // namespace assay
