#include "bench/comparison/baseline.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/comparison/gate.hpp"
#include "bench/quantity.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(add    appends the measured cases of result files: one more run of the same program each. A run that
       is shown to be slower or faster than the baseline would move it: that needs --reason, and the
       runs before it no longer count.
list   the cases, how many runs they have, and why they moved.
prune  keeps the newest runs of each case; needs --reason, which is kept in the file's last line.

Examples:
  assay baseline add run.json --baseline baseline.jsonl
  assay baseline add run.json --baseline baseline.jsonl --reason 'new driver'
  assay baseline prune --baseline baseline.jsonl --keep 10 --reason 'older runs'
  assay baseline list --baseline baseline.jsonl)";

struct Words {
  std::vector<std::string> positionals;
  std::string baseline, reason, keep;
};

std::string old_text(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return {};
  if (std::filesystem::is_directory(path, code)) {
    throw usage_error("--baseline " + path + " is a folder; name the file in it");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Error::Kind::file, path + ": can't be read");
  std::ostringstream text;
  text << file.rdbuf();
  std::string result = text.str();
  if (!result.empty() && result.back() != '\n') result += '\n';
  return result;
}

// Cases that a run would move, with their ratios.
std::vector<std::string> moved_cases(const ResultFile& run,
                                     const std::vector<BaselineEntry>& entries) {
  std::vector<std::string> moved;
  if (entries.empty()) return moved;
  const VerdictTable table = gate(run, entries, {});
  for (const VerdictRow& row : table.rows) {
    const bool slower = row.verdict.outcome == Outcome::regression || row.verdict.slower;
    if (row.status == Status::ok && row.blocks > 0 && (slower || row.verdict.faster)) {
      moved.push_back(row.name + " (x " + four_digits(row.ratio.value) + ")");
    }
  }
  return moved;
}

Exit add(const Words& words, Output& out) {
  if (words.positionals.size() < 2) throw usage_error("assay baseline add needs result files");
  check_writable(words.baseline);
  std::string text = old_text(words.baseline);
  std::size_t added = 0;
  for (std::size_t i = 1; i < words.positionals.size(); ++i) {
    const ResultFile run = read_result_file(words.positionals[i]);
    if (run.foreign) {
      throw Error(Error::Kind::file,
                  run.path + ": of another program; a baseline needs the machine's fingerprint");
    }
    const auto moved = moved_cases(run, parse_baseline(words.baseline, text));
    if (!moved.empty() && words.reason.empty()) {
      throw usage_error(run.path + " would move the baseline of " + joined(moved, ", ") +
                        "; say why with --reason");
    }
    for (const ResultCase& c : run.cases) {
      if (!c.has_times()) continue;
      text += to_line(baseline_entry(run, c, words.reason));
      ++added;
    }
  }
  if (added == 0) throw Error(Error::Kind::file, "no measured case in these files");
  write_file(words.baseline, text, "the baseline");
  out << "added " << added << (added == 1 ? " case to " : " cases to ") << words.baseline << "\n";
  return Exit::pass;
}

Exit list(const Words& words, Output& out) {
  const std::vector<BaselineEntry> entries = read_baseline(words.baseline);
  std::vector<std::vector<std::string>> rows = {
      {"case", "runs", "median", "newest", "moved because"}};
  std::map<std::pair<std::string, Fingerprint>, bool> seen;
  for (const BaselineEntry& entry : entries) {
    if (!seen.try_emplace({entry.key, entry.print}, true).second) continue;
    const auto current = current_entries(entries, entry.key, entry.print);
    std::vector<double> times;
    for (const BaselineEntry* each : current) times.push_back(median(each->launches_ns));
    rows.push_back({printable(entry.case_name), std::to_string(current.size()),
                    time_text(median(times)), printable(current.back()->date),
                    printable(current.front()->reason)});
  }
  print_columns(rows, out);
  return Exit::pass;
}

Exit prune(const Words& words, Output& out) {
  if (words.reason.empty()) throw usage_error("assay baseline prune needs --reason");
  const std::int64_t keep =
      words.keep.empty() ? 10 : parse_integer("--keep", words.keep, 1, 1000000);
  const std::vector<BaselineEntry> entries =
      parse_baseline(words.baseline, old_text(words.baseline));
  const std::vector<BaselineEntry> left = pruned(entries, static_cast<std::size_t>(keep));
  std::string text;
  for (const BaselineEntry& entry : left) text += to_line(entry);
  text += prune_line(entries.size() - left.size(), words.reason);
  write_file(words.baseline, text, "the baseline");
  out << "kept " << left.size() << " of " << entries.size() << " entries: " << words.reason << "\n";
  return Exit::pass;
}

}  // namespace

Exit baseline_verb(Arguments arguments, Output& out) {
  Words words;
  Command command("baseline", "Stored results that `assay gate` holds a run against.", footer);
  command.positionals("what", words.positionals, "add FILE…, list or prune", "add|list|prune");
  command.text("--baseline,-b", words.baseline, "the file of baselines, JSON lines", "FILE");
  command.text("--reason", words.reason, "why the baseline moves, or is pruned", "TEXT");
  command.text("--keep", words.keep, "runs of each case that prune keeps [10]", "N");
  if (!command.parse(arguments, out)) return Exit::pass;
  constexpr std::array<std::string_view, 3> known = {"add", "list", "prune"};
  if (words.positionals.empty()) throw usage_error("assay baseline add, list or prune");
  const std::string& what = words.positionals.front();
  if (std::ranges::find(known, what) == known.end()) {
    throw usage_error(unknown_word("baseline verb", what, known));
  }
  if (words.baseline.empty()) throw usage_error("assay baseline " + what + " needs --baseline");
  if (what != "add" && words.positionals.size() > 1) {
    throw usage_error("assay baseline " + what + " takes no '" + words.positionals[1] + "'");
  }
  if (what == "add") return add(words, out);
  return what == "list" ? list(words, out) : prune(words, out);
}

}  // namespace assay
