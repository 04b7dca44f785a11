// Two builds, or two settings of one, measured side by side on the same cases.
//
// A launch starts fresh workers of both sides and measures one block of every case that still needs
// one, in random order; a coin decides which side starts. Blocks go through statistics/procedure.hpp:
// a screen of all cases, then a confirmation of those that it flags.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/ab/case_blocks.hpp"
#include "bench/ab/common_cases.hpp"
#include "bench/ab/noise_gate.hpp"
#include "bench/ab/side.hpp"
#include "bench/comparison/verdicts.hpp"
#include "bench/runner.hpp"
#include "bench/statistics/procedure.hpp"

namespace assay {

struct AbOptions {
  ProcedureOptions procedure;           // screen_blocks: at least these
  std::size_t most_screen_blocks = 20;  // where the budget has room
  GateLimits gates;
  double budget_s = 600;
  int budget_parts = 1;        // budget_s is one of so many of what the user gave, and is told
  double block_time_s = 0.04;  // BlockSettings::time_s
  Fill fill = Fill::random;
  std::uint64_t seed = 0;
};

struct AbResult {
  VerdictTable table;
  std::vector<AbCase> cases;
  bool interrupted = false;
  double wall_s = 0;
};

// Refused where more than GateLimits::most_dropped of the blocks were dropped.
[[nodiscard]] AbResult run_ab(const Side& base, const Side& head, const CommonCases& common,
                              const AbOptions& options, Observer& observer,
                              const std::atomic<bool>& interrupted);

}  // namespace assay
