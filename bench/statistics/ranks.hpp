// Ranks of values.
#pragma once

#include <span>
#include <vector>

namespace assay {

// 1 for the smallest; equal values share the mean of their ranks.
[[nodiscard]] std::vector<double> mid_ranks(std::span<const double> values);

}  // namespace assay
