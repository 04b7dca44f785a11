// How much of several devices' throughput is left when they work on one problem.
#pragma once

#include <span>
#include <vector>

namespace assay {

// Throughput together over the sum of those alone: medians over repeats, of seconds a problem.
[[nodiscard]] double split_efficiency(std::span<const std::vector<double>> alone_s,
                                      std::span<const double> together_s);

}  // namespace assay
