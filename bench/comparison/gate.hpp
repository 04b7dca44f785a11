// A run against a stored baseline.
//
// A new run is one run, whatever its launches: runs of the same program on one machine differ by more
// than launches within a run do. So it is held against the scatter between the baseline's runs:
//   y = mean ln(time) of the new run's launches, y_i those of the n runs of the baseline,
//   t = (y - mean y_i) / (s sqrt(1 + 1 / n)), s moderated over the cases (moderated.hpp), n - 1 degrees
// of freedom: what makes runs differ is mostly the machine's speed, which all cases of a run share, so
// that many cases know no more of it than one does.
// Where the new run's launches scatter more than those of the baseline's runs did, the excess of the variance
// of y goes on top, with Welch's and Satterthwaite's degrees of freedom: a noisy run is no regression.
// With fewer than 3 runs nothing is known of s; then it is taken to be `assumed_noise`, so that only large
// slowdowns are called. L is Holm's at 1 % over the cases, U one-sided 5 %, the verdict verdict.hpp's;
// `faster` is Holm's at 1 % too.
#pragma once

#include <span>

#include "bench/comparison/baseline.hpp"
#include "bench/comparison/verdicts.hpp"

namespace assay {

struct GateOptions {
  VerdictRule rule;
  double assumed_noise = 0.10;  // standard deviation of ln(time) between runs
};

// Refused, with the differences, where a case of the baseline was measured on something else: then
// nothing is judged. Refused too where no case has times in both. Cases without times in the run are rows without a verdict.
[[nodiscard]] VerdictTable gate(const ResultFile& run, std::span<const BaselineEntry> baseline,
                                const GateOptions& options);

}  // namespace assay
