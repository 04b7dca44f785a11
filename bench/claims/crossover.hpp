// Where a ratio that was measured at several sizes passes a margin, and how sure that is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay {

// A ratio at one size, with its resamples over runs.
struct SizedRatio {
  double size = 0;
  double ratio = 0;
  std::vector<double> resamples;
};

struct Crossover {
  double at = 0;
  // 95 % interval; 0 and infinity where it reaches beyond the sizes measured.
  double low = 0;
  double high = 0;
};

// The size at which ln(ratio), taken as straight over ln(size) between neighbours, equals
// ln(threshold); its interval from the same on each resample of all sizes together. `slack`: both ends
// are moved as far out as all ratios being that factor smaller or larger would (one board doesn't speak
// for its model). Nothing where the ratios don't pass the threshold exactly once, or have no resamples.
// The points need not be sorted.
[[nodiscard]] std::optional<Crossover> crossover(std::vector<SizedRatio> points, double threshold,
                                                 double slack = 1);

// "m = 48 [31, 70]", "m = 48 [below 16, 70]".
[[nodiscard]] std::string crossover_text(const Crossover& crossover, const std::string& key,
                                         double smallest, double largest);

}  // namespace assay
