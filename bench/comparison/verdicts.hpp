// What a gate says: a verdict for each case, and what follows for the exit code.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/exit_code.hpp"
#include "bench/record.hpp"
#include "bench/statistics/estimate.hpp"
#include "bench/statistics/procedure.hpp"
#include "bench/statistics/verdict.hpp"

namespace assay {

struct VerdictRow {
  std::string name;            // of the case
  Status status = Status::ok;  // anything else: no verdict, `reason` says why
  std::string reason;
  Verdict verdict;
  Estimate ratio;      // head / base; low 0 and high infinity: no bound
  double base_ns = 0;  // medians
  double head_ns = 0;
  std::size_t blocks = 0;      // behind the ratio
  std::string unit = "block";  // what these are
  bool flagged = false;        // by the screen
  double adjusted_p = 1;
  Outlook outlook;
};

struct VerdictTable {
  std::string base;  // what the two sides are
  std::string head;
  VerdictRule rule;
  std::vector<VerdictRow> rows;
  std::vector<std::string> only_base;  // cases that the other side doesn't have
  std::vector<std::string> only_head;
  std::size_t flagged = 0;
  std::vector<std::string> refused;  // why nothing was judged, a line each; empty: judged
  std::vector<std::string> notes;
  nlohmann::json details = nlohmann::json::object();  // only for JSON: what was measured
};

// Where the table is refused, no case has a verdict: what was measured stays, what it means goes.
void withdraw_if_refused(VerdictTable& table);

// Regressions first (worst first), then what failed, what is inconclusive, what passed.
void sort_rows(VerdictTable& table);

[[nodiscard]] std::size_t count(const VerdictTable& table, Outcome outcome);
[[nodiscard]] std::size_t count_failed(const VerdictTable& table);  // failed or wrong

// "2 regressions, 1 inconclusive, 197 of 200 cases pass (margin 3 %)".
[[nodiscard]] std::string headline(const VerdictTable& table);

// One line: "slower by 1.051 [1.020, ..], 24 blocks", or what could have been seen.
[[nodiscard]] std::string explanation(const VerdictRow& row, const VerdictRule& rule);

// Inconclusive cases count only with `strict`.
[[nodiscard]] Exit exit_code(const VerdictTable& table, bool strict);

}  // namespace assay
