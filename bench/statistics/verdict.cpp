#include "bench/statistics/verdict.hpp"

#include <cmath>

namespace assay {

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::regression:
      return "regression";
    case Outcome::inconclusive:
      return "inconclusive";
  }
  return "?";
}

Verdict judge(const Estimate& log_ratio, const VerdictRule& rule) {
  if (log_ratio.high < std::log1p(rule.margin)) {
    return {Outcome::pass, log_ratio.low > 0, log_ratio.high < 0};
  }
  if (log_ratio.low > 0 && log_ratio.value >= std::log1p(rule.least)) {
    return {Outcome::regression, false, false};
  }
  return {};
}

}  // namespace assay
