#include "bench/statistics/sign_flip.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "bench/statistics/hodges_lehmann.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr double largest_score = 1.5;

std::vector<std::size_t> make_scores(std::size_t blocks, Scores scores) {
  std::vector<std::size_t> result(blocks);
  const boost::math::normal normal;
  for (std::size_t i = 0; i < blocks; ++i) {
    const double r = static_cast<double>(i + 1);
    const double share = r / (static_cast<double>(blocks) + 1);
    const double score =
        scores == Scores::ranks
            ? r
            : std::round(100 * std::min(quantile(normal, (1 + share) / 2), largest_score));
    result[i] = static_cast<std::size_t>(score);
  }
  return result;
}

// P(T >= t) for every t, each score taking part with probability 1/2.
std::vector<double> tail_probabilities(std::span<const std::size_t> scores) {
  const std::size_t total = std::accumulate(scores.begin(), scores.end(), std::size_t{0});
  std::vector<double> probability(total + 2, 0.0);
  probability[0] = 1;
  std::size_t reached = 0;
  for (const std::size_t score : scores) {
    reached += score;
    for (std::size_t t = reached + 1; t-- > 0;) {
      probability[t] = (probability[t] + (t >= score ? probability[t - score] : 0.0)) / 2;
    }
  }
  for (std::size_t t = total; t-- > 0;) probability[t] += probability[t + 1];
  return probability;
}

}  // namespace

SignFlipTest::SignFlipTest(std::size_t blocks, Scores scores) {
  if (blocks < 1 || blocks > 1000) {
    throw Error(Error::Kind::internal, "a sign-flip test needs 1 to 1000 blocks");
  }
  scores_ = make_scores(blocks, scores);
  tail_ = tail_probabilities(scores_);
}

double SignFlipTest::p_greater(std::span<const double> differences, double centre) const {
  if (differences.size() != blocks()) {
    throw Error(Error::Kind::internal, "a sign-flip test over another number of blocks");
  }
  std::vector<double> centred(differences.begin(), differences.end());
  for (double& d : centred) d -= centre;
  std::sort(centred.begin(), centred.end(), [](double a, double b) {
    return std::abs(a) != std::abs(b) ? std::abs(a) < std::abs(b) : a > b;
  });
  std::size_t statistic = 0;
  for (std::size_t i = 0; i < centred.size(); ++i) {
    if (centred[i] > 0) statistic += scores_[i];
  }
  return tail_[statistic];
}

double SignFlipTest::lower_bound(std::span<const double> differences, double level) const {
  // As the centre rises, T falls, and only at the averages of two differences. The bound is the
  // first of them above which the test no longer rejects.
  const std::vector<double> averages = walsh_averages(differences);
  const auto rejects_above = [&](std::size_t i) {
    const double next =
        i + 1 < averages.size() ? averages[i + 1] : std::numeric_limits<double>::infinity();
    const double between = std::isinf(next) ? averages[i] + 1 : std::midpoint(averages[i], next);
    return p_greater(differences, between) <= level;
  };
  if (p_greater(differences, averages.front() - 1) > level) {
    return -std::numeric_limits<double>::infinity();
  }
  std::size_t low = 0;
  std::size_t high = averages.size() - 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (rejects_above(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return averages[low];
}

double SignFlipTest::upper_bound(std::span<const double> differences, double level) const {
  std::vector<double> mirrored(differences.begin(), differences.end());
  for (double& d : mirrored) d = -d;
  return -lower_bound(mirrored, level);
}

std::size_t fewest_blocks(double level) {
  return static_cast<std::size_t>(std::ceil(-std::log2(level) - 1e-9));
}

}  // namespace assay
