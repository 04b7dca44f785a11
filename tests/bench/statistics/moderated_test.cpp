#include "bench/statistics/moderated.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "kernels/error.hpp"
#include "noise.hpp"

namespace assay {
namespace {

TEST(TrigammaInverse, KnowsTheClosedForms) {
  constexpr double pi = std::numbers::pi;
  EXPECT_NEAR(trigamma_inverse(pi * pi / 6), 1, 1e-9);    // psi'(1)
  EXPECT_NEAR(trigamma_inverse(pi * pi / 2), 0.5, 1e-9);  // psi'(1/2)
  EXPECT_NEAR(trigamma_inverse(pi * pi / 6 - 1), 2, 1e-9);
  EXPECT_NEAR(trigamma_inverse(1e8) * 1e4, 1, 1e-3);
  EXPECT_NEAR(trigamma_inverse(1e-8) * 1e-8, 1, 1e-6);
  EXPECT_THROW((void)trigamma_inverse(0), Error);
}

// Variances drawn from d0 s0^2 / chi^2(d0) times chi^2(d) / d, with d0 = 8, s0 = 0.05, d = 5.
std::vector<double> drawn_variances(std::size_t count) {
  simulation::Random random(7, 0);
  const auto chi_squared = [&](int freedom) {
    double sum = 0;
    for (int i = 0; i < freedom; ++i) sum += std::pow(random.normal(), 2);
    return sum;
  };
  std::vector<double> variances(count);
  for (double& v : variances) v = 8 * 0.0025 / chi_squared(8) * chi_squared(5) / 5;
  return variances;
}

TEST(VariancePrior, IsFoundAgainInDrawnVariances) {
  const std::vector<double> variances = drawn_variances(20000);
  const VariancePrior prior = fit_variance_prior(variances, std::vector<double>(20000, 5));
  EXPECT_NEAR(prior.freedom, 8, 0.8);
  EXPECT_NEAR(prior.variance, 0.0025, 0.0001);
}

TEST(VariancePrior, HasInfiniteWeightWhereVariancesDoNotDiffer) {
  const std::vector<double> equal(50, 0.01);
  const VariancePrior prior = fit_variance_prior(equal, std::vector<double>(50, 5));
  EXPECT_TRUE(std::isinf(prior.freedom));
  EXPECT_DOUBLE_EQ(posterior_variance(prior, 4.0, 5), prior.variance);
}

TEST(VariancePrior, HasNoWeightFromTwoCasesOrFromZeros) {
  EXPECT_EQ(fit_variance_prior(std::vector<double>{1, 2}, std::vector<double>{5, 5}).freedom, 0);
  EXPECT_EQ(fit_variance_prior(std::vector<double>(9, 0.0), std::vector<double>(9, 5)).freedom, 0);
  EXPECT_DOUBLE_EQ(posterior_variance({}, 3.0, 5), 3.0);
}

TEST(VariancePrior, SurvivesAZeroAmongOthers) {
  std::vector<double> variances = drawn_variances(100);
  variances[3] = 0;
  const VariancePrior prior = fit_variance_prior(variances, std::vector<double>(100, 5));
  EXPECT_TRUE(std::isfinite(prior.variance));
  EXPECT_GT(prior.freedom, 0);
}

TEST(PosteriorVariance, IsTheWeightedMean) {
  EXPECT_DOUBLE_EQ(posterior_variance({4, 2.0}, 5.0, 2), (4 * 2.0 + 2 * 5.0) / 6);
}

TEST(ModeratedT, OfOneCaseIsStudents) {
  const std::vector<std::vector<double>> one = {{1, 2, 3, 4, 5}};
  const TStatistic t = moderated_t(one)[0];
  EXPECT_DOUBLE_EQ(t.mean, 3);
  EXPECT_NEAR(t.error, std::sqrt(2.5 / 5), 1e-12);
  EXPECT_DOUBLE_EQ(t.freedom, 4);
  // t = 4.242641 with 4 degrees of freedom.
  EXPECT_NEAR(t.p_greater(), 0.006618, 1e-5);
  EXPECT_NEAR(t.upper_bound(0.05), 3 + 2.131847 * t.error, 1e-5);
  EXPECT_NEAR(t.lower_bound(0.05), 3 - 2.131847 * t.error, 1e-5);
}

TEST(ModeratedT, TrimmedSeesWhatOneWildBlockHides) {
  std::vector<std::vector<double>> cases(40);
  for (std::size_t g = 0; g < cases.size(); ++g) {
    for (const double z : {-1.2, -0.5, -0.1, 0.2, 0.6, 1.0}) {
      cases[g].push_back(0.01 * z * (1 + 0.01 * static_cast<double>(g)));
    }
  }
  for (double& d : cases[0]) d += 0.05;
  cases[0][2] = -1;
  EXPECT_GT(moderated_t(cases)[0].p_greater(), 0.5);
  EXPECT_LT(moderated_t(cases, 0.2)[0].p_greater(), 0.001);
  EXPECT_GT(moderated_t(cases, 0.2)[1].p_greater(), 0.2);
}

TEST(ModeratedT, TakesCasesOfDifferentLengthsAndRefusesTwoBlocks) {
  const std::vector<std::vector<double>> lengths = {{1, 2, 3}, {1, 2, 3, 4}, {2, 1, 2}};
  EXPECT_EQ(moderated_t(lengths).size(), 3U);
  const std::vector<std::vector<double>> short_one = {{1, 2}};
  EXPECT_THROW((void)moderated_t(short_one), Error);
}

}  // namespace
}  // namespace assay
