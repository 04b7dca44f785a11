// Moderated t: many cases with few blocks each lend each other their variances.
//
// Smyth, "Linear models and empirical Bayes methods for assessing differential expression in
// microarray experiments", Stat. Appl. Genet. Mol. Biol. 3 (2004), sections 3 and 6.2. Sample
// variances s_g^2 with d degrees of freedom come from variances that vary between cases as
// 1/sigma_g^2 ~ chi^2_{d0} / (d0 s0^2). With e_g = ln s_g^2 - psi(d/2) + ln(d/2):
//
//   psi'(d0/2) = variance(e) - mean(psi'(d/2))  (no d0 solves it: d0 infinite)
//   s0^2       = exp(mean(e) + psi(d0/2) - ln(d0/2))
//   s~_g^2     = (d0 s0^2 + d s_g^2) / (d0 + d)
//   t~_g       = mean_g / (s~_g / sqrt(n)),  Student's t with d0 + d degrees of freedom
//
// One wild block would spoil its case's mean, its variance and, through the prior, everybody's. So mean
// and variance may be those of trimmed_mean.hpp, with h for n and d = h - 1.
#pragma once

#include <span>
#include <vector>

#include "bench/statistics/t_statistic.hpp"

namespace assay {

// y > 0 with psi'(y) = x, x > 0: Newton's iteration on 1 / psi', Smyth's appendix; psi' and psi''
// are Boost.Math's.
[[nodiscard]] double trigamma_inverse(double x);

struct VariancePrior {
  double freedom = 0;   // d0; infinity: all cases have the same variance
  double variance = 0;  // s0^2
};

// From sample variances and their degrees of freedom. Zero variances are raised to 1e-5 of the
// median one (all zero: a prior of no weight). Below 3 cases no weight either.
[[nodiscard]] VariancePrior fit_variance_prior(std::span<const double> variances,
                                               std::span<const double> freedom);

// Variance of one case after shrinking it towards the prior.
[[nodiscard]] double posterior_variance(const VariancePrior& prior, double variance,
                                        double freedom);

// One per case; every case has at least 3 differences. `trim`: trimmed_mean's share, at most 0.2.
[[nodiscard]] std::vector<TStatistic> moderated_t(std::span<const std::vector<double>> differences,
                                                  double trim = 0);

}  // namespace assay
