// Verdicts drawn again from blocks that were measured.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/statistics/verdict.hpp"

namespace assay {

struct ResampleOptions {
  VerdictRule rule;
  std::size_t blocks = 25;  // of a verdict
  double level = 0.01;      // of L
  std::int64_t verdicts = 20000;
  std::uint64_t seed = 1;
};

// Blocks of one case about their Hodges-Lehmann estimate: as they would be if that were exactly 0. Their
// spread and their skewness stay. (Whether a recording favours a side is another question.)
[[nodiscard]] std::vector<double> centred(std::span<const double> blocks);

// How many verdicts on A/A are regressions. `cases`: ln(T_B / T_A) of A/A blocks, one vector a case, none
// empty. Each verdict draws a case and its centred blocks with replacement (Efron, "Bootstrap methods",
// Ann. Stat. 7, 1979).
[[nodiscard]] std::int64_t resampled_false_alarms(std::span<const std::vector<double>> cases,
                                                  const ResampleOptions& options);

}  // namespace assay
