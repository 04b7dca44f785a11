// How often something happens, from how often it was seen.
#pragma once

#include <cstdint>

#include "bench/statistics/estimate.hpp"

namespace assay {

// Clopper and Pearson's exact interval (Biometrika 26, 1934) for a probability, two-sided at
// `confidence`: quantiles of the beta distribution. `trials` above 0.
[[nodiscard]] Estimate clopper_pearson(std::int64_t successes, std::int64_t trials,
                                       double confidence = 0.95);

// One-sided bounds at `confidence`.
[[nodiscard]] double proportion_at_most(std::int64_t successes, std::int64_t trials,
                                        double confidence = 0.95);
[[nodiscard]] double proportion_at_least(std::int64_t successes, std::int64_t trials,
                                         double confidence = 0.95);

}  // namespace assay
