#include "bench/statistics/t_statistic.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace assay {
namespace {

double tail(double t, double freedom) {
  if (std::isinf(freedom)) return cdf(complement(boost::math::normal(), t));
  return cdf(complement(boost::math::students_t(freedom), t));
}

double critical(double level, double freedom) {
  if (std::isinf(freedom)) return quantile(complement(boost::math::normal(), level));
  return quantile(complement(boost::math::students_t(freedom), level));
}

}  // namespace

double TStatistic::p_greater() const {
  if (!(error > 0)) return mean > 0 ? 0 : 1;
  return tail(mean / error, freedom);
}

double TStatistic::p_less() const { return TStatistic{-mean, error, freedom}.p_greater(); }

double TStatistic::lower_bound(double level) const {
  return error > 0 ? mean - critical(level, freedom) * error : mean;
}

double TStatistic::upper_bound(double level) const {
  return error > 0 ? mean + critical(level, freedom) * error : mean;
}

}  // namespace assay
