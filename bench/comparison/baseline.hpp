// Stored baselines: JSON lines that are only ever appended to. A line is one case of one run with the
// fingerprint of what it ran on. Several runs of one case tell how much runs differ.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/comparison/fingerprint.hpp"
#include "bench/comparison/result_file.hpp"

namespace assay {

struct BaselineEntry {
  std::string case_name;
  std::string key;  // ResultCase::key: also says on which device
  Fingerprint print;
  std::vector<double> launches_ns;
  std::string date;  // of the measurement
  std::string revision;
  std::string reason;  // why the baseline moved or was begun; empty: one more run of the same
  [[nodiscard]] bool moves() const { return !reason.empty(); }
};

inline constexpr std::int64_t baseline_schema = 1;

[[nodiscard]] BaselineEntry baseline_entry(const ResultFile& file, const ResultCase& c,
                                           const std::string& reason);
[[nodiscard]] std::string to_line(const BaselineEntry& entry);
// That entries were removed, and why; readers skip it.
[[nodiscard]] std::string prune_line(std::size_t removed, const std::string& reason);
// All of those in a file.
[[nodiscard]] std::string prune_lines(std::string_view text);

// Whether two entries are of the same measurement of the same case.
[[nodiscard]] bool same_measurement(const BaselineEntry& a, const BaselineEntry& b);

// `path`: a file, or a folder whose *.jsonl are read, the entries of several by date. Error(file)
// "PATH:LINE: …" for what is missing, empty, larger than 1 GiB, damaged, of a newer schema, or a
// measurement that is there twice.
[[nodiscard]] std::vector<BaselineEntry> read_baseline(const std::string& path);
[[nodiscard]] std::vector<BaselineEntry> parse_baseline(const std::string& path,
                                                        std::string_view text);
// A file's text; Error(file) for a folder too.
[[nodiscard]] std::string baseline_text(const std::string& path);

// The entries that count for a case and a fingerprint: from the last one that moved the baseline on.
[[nodiscard]] std::vector<const BaselineEntry*> current_entries(
    std::span<const BaselineEntry> entries, const std::string& key, const Fingerprint& print);

// The newest `keep` current entries of each case and fingerprint, in their order. What stays and moved
// the baseline keeps its reason.
[[nodiscard]] std::vector<BaselineEntry> pruned(std::span<const BaselineEntry> entries,
                                                std::size_t keep);

}  // namespace assay
