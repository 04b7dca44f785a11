// Ratios of times, on logarithms: ln(T_B / T_A), 0 where both are equal, positive where B is slower.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bench/statistics/estimate.hpp"
#include "bench/statistics/t_statistic.hpp"

namespace assay {

// ln(b_k / a_k). Internal Error where the lengths differ or a time is not positive and finite.
[[nodiscard]] std::vector<double> log_ratios(std::span<const double> a, std::span<const double> b);

// The t of paired differences. Nothing below 3 values.
[[nodiscard]] std::optional<TStatistic> paired_t(std::span<const double> differences);

// Welch's t of the difference of mean logarithms, ln B - ln A. Nothing below 3 values on a side.
// Satterthwaite's degrees of freedom, but with m values on one side and M >= m on the other never more than
// (m - 1) (1 + m / M), which is 2 m - 2 for equal sides: where m values scatter little by luck, the larger
// side's freedom would be claimed, and 3 against 30 launches called a tenth of identical tables different.
[[nodiscard]] std::optional<TStatistic> welch_t(std::span<const double> a,
                                                std::span<const double> b);

// Two-sided t interval for the mean of paired differences: mean -+ t s / sqrt(n), n - 1 degrees of
// freedom (Student, Biometrika 6, 1908). Nothing below 3 values.
[[nodiscard]] std::optional<Estimate> paired_interval(std::span<const double> differences,
                                                      double confidence);

// Two-sided interval for the difference of mean logarithms, ln B - ln A, of times that were not
// measured in pairs: Welch's t (Biometrika 34, 1947), degrees of freedom by Satterthwaite.
// Nothing below 3 values on a side.
[[nodiscard]] std::optional<Estimate> unpaired_interval(std::span<const double> a,
                                                        std::span<const double> b,
                                                        double confidence);

// From logarithms to ratios.
[[nodiscard]] Estimate to_ratio(const Estimate& logarithm);

// exp(mean of ln(ratio)); internal Error for none.
[[nodiscard]] double geometric_mean(std::span<const double> ratios);

}  // namespace assay
