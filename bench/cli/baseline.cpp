#include "bench/comparison/baseline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/comparison/gate.hpp"
#include "bench/quantity.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(add    appends the measured cases of result files: one more run of the same program each. A run that
       is shown to be slower or faster than the baseline, or is 20 % away from its first run, would
       move it: that needs --reason, and the runs of that case before it no longer count.
list   the cases, how many runs they have where (machines and settings, told apart below the table), and
       why they moved.
prune  keeps the newest runs of each case; needs --reason, which the file keeps.
Exit codes: 0 done, 5 the baseline is missing or can't be read, 64 anything else that is wrong.

Examples:
  assay baseline add run.json --baseline baseline.jsonl
  assay baseline add run.json --baseline baseline.jsonl --reason 'new driver'
  assay baseline prune --baseline baseline.jsonl --keep 10 --reason 'older runs'
  assay baseline list --baseline baseline.jsonl)";

struct Words {
  std::vector<std::string> positionals;
  std::string baseline, reason, keep;
};

// The stored baseline is what it can't be read as.
struct Unreadable {
  std::string what;
};

template <class Read>
auto readable(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::file) throw;
    throw Unreadable{error.what()};
  }
}

std::string old_text(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return {};
  std::string text = readable([&] { return baseline_text(path); });
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

bool says_something(const std::string& text) {
  return text.find_first_not_of(" \t") != std::string::npos;
}

// Runs of other days differ; what is further from the first run than this has moved, however the runs
// between have crept there.
constexpr double furthest = 1.2;

// Cases that a run would move.
struct Moved {
  std::set<std::string> keys;
  std::vector<std::string> texts;  // names with their ratios
};

Moved moved_cases(const ResultFile& run, const std::vector<BaselineEntry>& entries) {
  ResultFile known = run;
  known.cases.clear();
  std::vector<BaselineEntry> current;
  std::map<std::string, double> from_first;  // by the case's name
  std::map<std::string, std::string> keys;
  for (const ResultCase& c : run.cases) {
    if (!c.has_times()) continue;
    const auto own = current_entries(entries, c.key(), fingerprint(run.context, c));
    if (own.empty()) continue;
    known.cases.push_back(c);
    for (const BaselineEntry* entry : own) current.push_back(*entry);
    keys[c.name] = c.key();
    from_first[c.name] = geometric_mean(c.launches_ns) / geometric_mean(own.front()->launches_ns);
  }
  Moved moved;
  if (known.cases.empty()) return moved;
  for (const VerdictRow& row : gate(known, current, {}).rows) {
    const double first = from_first[row.name];
    const bool far = first > furthest || first < 1 / furthest;
    const bool shown =
        row.verdict.outcome == Outcome::regression || row.verdict.slower || row.verdict.faster;
    const bool much = std::abs(std::log(row.ratio.value)) >= std::log1p(VerdictRule().least);
    if (far || (shown && much)) {
      moved.keys.insert(keys[row.name]);
      moved.texts.push_back(row.name + " (x " + four_digits(far ? first : row.ratio.value) + ")");
    }
  }
  return moved;
}

void reject_known(const ResultFile& run, const ResultCase& c,
                  const std::vector<BaselineEntry>& entries) {
  const BaselineEntry entry = baseline_entry(run, c, "");
  if (std::ranges::any_of(entries,
                          [&](const BaselineEntry& e) { return same_measurement(e, entry); })) {
    throw Error(Error::Kind::file,
                run.path + ": the baseline has this measurement of '" + c.name + "' already");
  }
}

Exit add(const Words& words, Output& out) {
  if (words.positionals.size() < 2) throw usage_error("assay baseline add needs result files");
  check_writable(words.baseline);
  const FileTurn turn(words.baseline);
  std::string text = old_text(words.baseline);
  const bool reasoned = says_something(words.reason);
  std::size_t added = 0;
  std::vector<std::string> all_moved;
  for (std::size_t i = 1; i < words.positionals.size(); ++i) {
    const ResultFile run = read_result_file(words.positionals[i]);
    if (run.foreign) {
      throw Error(Error::Kind::file,
                  run.path + ": of another program; a baseline needs the machine's fingerprint");
    }
    const std::vector<BaselineEntry> entries =
        readable([&] { return parse_baseline(words.baseline, text); });
    for (const ResultCase& c : run.cases) {
      if (c.has_times()) reject_known(run, c, entries);
    }
    const Moved moved = moved_cases(run, entries);
    if (!moved.keys.empty() && !reasoned) {
      throw usage_error(run.path + " would move the baseline of " + joined(moved.texts, ", ") +
                        "; on a noisy machine measure again, with more launches, or say why with "
                        "--reason (the runs before no longer count then)");
    }
    for (const ResultCase& c : run.cases) {
      if (!c.has_times()) continue;
      // The others go on from the runs before, whatever made these move.
      const bool new_here = current_entries(entries, c.key(), fingerprint(run.context, c)).empty();
      const bool says_why = reasoned && (new_here || moved.keys.contains(c.key()));
      text += to_line(baseline_entry(run, c, says_why ? words.reason : ""));
      ++added;
    }
    all_moved.insert(all_moved.end(), moved.texts.begin(), moved.texts.end());
  }
  if (added == 0) throw Error(Error::Kind::file, "no measured case in these files");
  write_file(words.baseline, text, "the new entries");
  out << "added " << added << (added == 1 ? " case to " : " cases to ") << words.baseline << "\n";
  if (!all_moved.empty()) {
    out << "moved, the runs before no longer count: " << printable(joined(all_moved, ", ")) << "\n";
  }
  return Exit::pass;
}

// The first place, and what tells the others from it.
std::string place_text(const std::vector<Fingerprint>& places, std::size_t i) {
  const std::string number = std::to_string(i + 1);
  if (i == 0) {
    const auto model = places[0].find("processor.model");
    return number + ": " +
           (model == places[0].end() ? "unknown processor" : printable(model->second));
  }
  std::vector<std::string> parts;
  for (const auto& [name, value] : places[i]) {
    const auto first = places[0].find(name);
    if (first == places[0].end() || first->second != value) parts.push_back(name + " " + value);
  }
  for (const auto& [name, value] : places[0]) {
    if (!places[i].contains(name)) parts.push_back(name + " not set");
  }
  return number + ": as 1, but " + printable(joined(parts, ", "));
}

Exit list(const Words& words, Output& out) {
  const std::vector<BaselineEntry> entries =
      readable([&] { return read_baseline(words.baseline); });
  std::vector<std::vector<std::string>> rows = {
      {"case", "where", "runs", "median", "newest", "moved because"}};
  std::map<std::pair<std::string, Fingerprint>, bool> seen;
  std::vector<Fingerprint> places;  // machines and settings, in the order of the file
  for (const BaselineEntry& entry : entries) {
    if (!seen.try_emplace({entry.key, entry.print}, true).second) continue;
    const auto current = current_entries(entries, entry.key, entry.print);
    std::vector<double> times;
    for (const BaselineEntry* each : current) times.push_back(median(each->launches_ns));
    auto place = std::ranges::find(places, entry.print);
    if (place == places.end()) place = places.insert(place, entry.print);
    rows.push_back({printable(entry.case_name), std::to_string(place - places.begin() + 1),
                    std::to_string(current.size()), time_text(median(times)),
                    printable(current.back()->date), printable(current.front()->reason)});
  }
  print_columns(rows, out);
  out << "\n";
  for (std::size_t i = 0; i < places.size(); ++i) out << place_text(places, i) << "\n";
  return Exit::pass;
}

Exit prune(const Words& words, Output& out) {
  if (!says_something(words.reason)) {
    throw usage_error("assay baseline prune needs --reason");
  }
  const std::int64_t keep =
      words.keep.empty() ? 10 : parse_integer("--keep", words.keep, 1, 1000000);
  const FileTurn turn(words.baseline);
  const std::string old = readable([&] { return baseline_text(words.baseline); });
  const std::vector<BaselineEntry> entries =
      readable([&] { return parse_baseline(words.baseline, old); });
  const std::vector<BaselineEntry> left = pruned(entries, static_cast<std::size_t>(keep));
  std::string text = prune_lines(old);
  for (const BaselineEntry& entry : left) text += to_line(entry);
  text += prune_line(entries.size() - left.size(), words.reason);
  write_file(words.baseline, text, "");
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
  try {
    if (what == "add") return add(words, out);
    return what == "list" ? list(words, out) : prune(words, out);
  } catch (const Unreadable& baseline) {
    std::cerr << "assay: " << baseline.what << "\n";
    return Exit::baseline;
  }
}

}  // namespace assay
