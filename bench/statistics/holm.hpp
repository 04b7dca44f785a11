// Many hypotheses at once: Holm's step-down procedure (Scand. J. Stat. 6, 1979). The probability of
// rejecting any true hypothesis is at most the family's level, whatever the dependence.
#pragma once

#include <span>
#include <vector>

namespace assay {

struct HolmStep {
  double adjusted_p = 1;  // the smallest level of the family at which this one is rejected
  double level = 0;       // the level that this hypothesis was held against: family / (m - rank)
  bool rejected = false;
};

// In the order of `p`. adjusted_p(i) = max over j <= i of min(1, (m - j + 1) p(j)), p sorted.
[[nodiscard]] std::vector<HolmStep> holm(std::span<const double> p, double family_level);

}  // namespace assay
