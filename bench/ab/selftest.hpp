// What comparisons are worth on this machine: false alarms of A/A, and the power to find slowdowns that
// were planted (worker/delayed.hpp), over real workers.
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/ab/ab.hpp"

namespace assay {

struct SelftestRow {
  double planted = 0;            // share by which the head was slowed down; 0: A/A
  std::int64_t regressions = 0;  // verdicts
  std::int64_t found = 0;        // slowdowns shown, within the margin or not
  std::int64_t cases = 0;        // with a verdict
  std::int64_t failed = 0;       // cases that failed
  std::int64_t wrong = 0;        // or computed something wrong
  double wall_s = 0;
};

// The smallest slowdown that is found with 95 % power in a given time for all these cases.
struct Visible {
  double budget_s = 0;
  double slowdown = 0;  // 0.03: 3 %; infinity: none
};

struct Selftest {
  std::vector<SelftestRow> rows;
  std::int64_t resampled = 0;  // verdicts drawn again from the A/A blocks; 0: too few blocks
  std::int64_t resampled_alarms = 0;
  double noise = 0;    // median over cases of a block's standard deviation of ln(B / A)
  double block_s = 0;  // what a block of one case costs
  std::vector<Visible> visible;
  std::vector<std::string> refused;
  bool interrupted = false;
};

// Plants 0, 1, 3 and 10 %, each with its share of options.budget_s.
[[nodiscard]] Selftest run_selftest(const WorkerSettings& worker, const CommonCases& cases,
                                    const AbOptions& options, Observer& observer,
                                    const std::atomic<bool>& interrupted);

void report_selftest(const Selftest& selftest, std::ostream& out);
[[nodiscard]] nlohmann::json selftest_json(const Selftest& selftest);

// False alarms that are more than 1 % allows (at 99.9 % confidence), cases that failed, or a comparison
// that was refused or gave no verdict.
[[nodiscard]] Exit exit_code(const Selftest& selftest);

}  // namespace assay
