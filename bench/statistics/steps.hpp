// Steps in a series of results over time.
//
// For each split t of a segment of N values that leaves `shortest` on both sides, with ranks r:
//   z(t) = (sum of r_1..r_t - t (N + 1) / 2) / sqrt(t (N - t) (N + 1) / 12)
// (Wilcoxon's rank sum, standardised: wild values count by rank only; Pettitt, "A non-parametric
// approach to the change-point problem", Applied Statistics 28, 1979.) The statistic is max |z(t)|,
// found by search, so its null distribution is that of the same search over permuted values. Permuted
// are whole blocks of neighbours, which keeps short-range dependence (Kirch, "Block permutation
// principles for the change analysis of dependent data", J. Stat. Plan. Inference 137, 2007). p = (1 +
// permutations at least as extreme) / (1 + permutations), exact for independent values whatever
// their distribution.
//
// What goes up and comes back leaves both sides of every split alike. So where no split is found, the same
// is asked of stays: runs of values against all others before and after them (Olshen et al., "Circular
// binary segmentation", Biostatistics 5, 2004), with a search and a null distribution of their own, and
// only where there are blocks to permute, which is from 48 values on (a clear one is found from 60 on).
//
// Ranks tell that there is a step; where it is, the values tell better: at the least sum of squares
// about the two sides' means, once values that lie more than 3 standard deviations (1.4826 times the
// median deviation) outside both sides' medians are drawn in. Places where a step is less likely than
// there by a factor of e^3.68 or more are ruled out: a range that holds the true one with 95 %, by the limit
// for small steps (Yao, "Approximating the distribution of the maximum likelihood estimate of the
// change-point", Annals of Statistics 15, 1987). A step splits the segment, and both parts are searched
// again. A step must leave a few blocks on either side before it can be told from
// dependence: with 100 values, about 8 of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay {

struct StepOptions {
  // Alarms on a series of pure noise, by steps and by stays. Less than the 1 % that is promised: noise that
  // grows over the series isn't quite what permutations assume.
  double level = 0.005;
  double stay_level = 0.003;
  std::size_t shortest = 5;       // values on either side of a step
  std::size_t shortest_stay = 8;  // values of a stay
  std::size_t block = 3;  // of the permutation; shorter where a segment has fewer than 24 blocks,
                          // whose orders would be too few to be sure of anything
  std::size_t permutations = 999;
  std::uint64_t seed = 1;
};

struct Step {
  std::size_t before = 0;  // index of the last value before the step; before + 1 is the first after
  double change = 0;       // Hodges-Lehmann shift: the median of all differences after - before,
                           // over the segments up to the neighbouring steps
  double p = 1;
  std::size_t earliest = 0;  // 95 % range of `before`, for independent values
  std::size_t latest = 0;
};

// Sorted by position. Nothing in series shorter than 2 `shortest`. Values must be finite.
[[nodiscard]] std::vector<Step> find_steps(std::span<const double> values,
                                           const StepOptions& options);

}  // namespace assay
