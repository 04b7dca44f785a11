#include "bench/statistics/proportion.hpp"

#include <boost/math/distributions/beta.hpp>

#include "kernels/error.hpp"

namespace assay {
namespace {

void check(std::int64_t successes, std::int64_t trials) {
  if (trials < 1 || successes < 0 || successes > trials) {
    throw Error(Error::Kind::internal, "a proportion needs 0 <= successes <= trials, trials > 0");
  }
}

}  // namespace

double proportion_at_most(std::int64_t successes, std::int64_t trials, double confidence) {
  check(successes, trials);
  if (successes == trials) return 1;
  const boost::math::beta_distribution<> beta(static_cast<double>(successes + 1),
                                              static_cast<double>(trials - successes));
  return quantile(beta, confidence);
}

double proportion_at_least(std::int64_t successes, std::int64_t trials, double confidence) {
  check(successes, trials);
  return 1 - proportion_at_most(trials - successes, trials, confidence);
}

Estimate clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence) {
  const double one_sided = (1 + confidence) / 2;
  return {static_cast<double>(successes) / static_cast<double>(trials),
          proportion_at_least(successes, trials, one_sided),
          proportion_at_most(successes, trials, one_sided)};
}

}  // namespace assay
