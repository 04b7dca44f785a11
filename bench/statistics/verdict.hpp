// The rule that turns bounds on a slowdown into a verdict.
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/statistics/estimate.hpp"

namespace assay {

enum class Outcome : std::uint8_t { pass, regression, inconclusive };
[[nodiscard]] std::string_view name(Outcome outcome);

struct VerdictRule {
  double margin = 0.03;  // the slowdown that is tolerated
  double least = 0.01;   // an estimate below this is never called a regression
};

struct Verdict {
  Outcome outcome = Outcome::inconclusive;
  bool slower = false;  // shown to be slower, though within the margin
  bool faster = false;  // shown to be faster
};

// `log_ratio`: ln(T_B / T_A) with its one-sided bounds, low = L and high = U.
//   1. U < 1 + margin                 pass (slower: L > 1; faster: U < 1)
//   2. L > 1 and estimate >= 1 + least  regression
//   3. otherwise                      inconclusive: never called a pass
// A slowdown of exactly the margin is passed as often as U errs (5 %): who must catch 3 % asks for a
// smaller margin.
[[nodiscard]] Verdict judge(const Estimate& log_ratio, const VerdictRule& rule);

}  // namespace assay
