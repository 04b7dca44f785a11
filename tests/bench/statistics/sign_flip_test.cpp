#include "bench/statistics/sign_flip.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/statistics/hodges_lehmann.hpp"
#include "kernels/error.hpp"
#include "noise.hpp"

namespace assay {
namespace {

std::vector<double> noisy(std::size_t count, std::uint64_t stream, double centre = 0) {
  simulation::Random random(3, stream);
  std::vector<double> values(count);
  for (double& value : values) value = centre + random.normal();
  return values;
}

TEST(SignFlip, OfAllPositiveIsTheRarestPattern) {
  for (const std::size_t n : {1U, 5U, 9U, 20U}) {
    std::vector<double> d = noisy(n, n);
    for (double& value : d) value = std::abs(value);
    EXPECT_NEAR(SignFlipTest(n).p_greater(d), std::exp2(-static_cast<double>(n)), 1e-15);
  }
}

TEST(SignFlip, OfAllNegativeIsCertain) {
  EXPECT_DOUBLE_EQ(SignFlipTest(3).p_greater(std::vector<double>{-1, -2, -3}), 1);
}

// Wilcoxon's table: n = 10, P(W >= 45) = 0.0420 = 43/1024, P(W >= 47) = 25/1024.
TEST(SignFlip, WithRanksIsWilcoxons) {
  const SignFlipTest test(10, Scores::ranks);
  std::vector<double> d = {1, 2, 3, -4, 5, -6, 7, 8, 9, 10};
  EXPECT_NEAR(test.p_greater(d), 43.0 / 1024, 1e-12);
  d = {1, 2, 3, 4, 5, 6, 7, -8, 9, 10};
  EXPECT_NEAR(test.p_greater(d), 25.0 / 1024, 1e-12);
}

// Every pattern of signs, counted one by one.
TEST(SignFlip, CountsAllPatterns) {
  constexpr std::size_t n = 8;
  std::vector<double> d = noisy(n, 0, 0.4);
  const SignFlipTest test(n);
  const double p = test.p_greater(d);
  int extreme = 0;
  for (unsigned pattern = 0; pattern < 256; ++pattern) {
    std::vector<double> flipped = d;
    for (std::size_t i = 0; i < n; ++i) {
      if ((pattern >> i & 1U) != 0) flipped[i] = -flipped[i];
    }
    extreme += test.p_greater(flipped) <= p + 1e-12;
  }
  EXPECT_NEAR(p, extreme / 256.0, 1e-12);
}

TEST(SignFlip, BreaksTiesAndZerosAgainstTheAlternative) {
  const SignFlipTest test(3, Scores::ranks);
  EXPECT_DOUBLE_EQ(test.p_greater(std::vector<double>{0, 0, 0}), 1);
  // |1|, |1|: the positive one gets the lower rank.
  EXPECT_DOUBLE_EQ(test.p_greater(std::vector<double>{1, -1, 2}),
                   test.p_greater(std::vector<double>{0.9, -1, 2}));
}

TEST(SignFlip, BoundLiesAboveZeroExactlyWhereTheTestRejects) {
  const SignFlipTest test(12);
  int rejected = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const std::vector<double> d = noisy(12, i, 0.6);
    const bool rejects = test.p_greater(d) <= 0.01;
    EXPECT_EQ(test.lower_bound(d, 0.01) > 0, rejects);
    rejected += rejects;
  }
  EXPECT_GT(rejected, 50);
  EXPECT_LT(rejected, 450);
}

TEST(SignFlip, BoundsEncloseTheEstimateAndMoveWithTheData) {
  for (std::uint64_t i = 0; i < 200; ++i) {
    const std::vector<double> d = noisy(15, i);
    const SignFlipTest test(15);
    const double low = test.lower_bound(d, 0.05);
    const double high = test.upper_bound(d, 0.05);
    EXPECT_LE(low, hodges_lehmann(d));
    EXPECT_GE(high, hodges_lehmann(d));
    std::vector<double> moved = d;
    for (double& value : moved) value += 1;
    EXPECT_NEAR(test.lower_bound(moved, 0.05), low + 1, 1e-12);
  }
}

TEST(SignFlip, BoundsAreInfiniteWhereBlocksAreTooFew) {
  const std::vector<double> d = {1, 1.1, 1.2, 1.3, 1.4, 1.5};
  const SignFlipTest test(6);
  EXPECT_TRUE(std::isinf(test.lower_bound(d, 0.01)));
  EXPECT_TRUE(std::isinf(test.upper_bound(d, 0.01)));
  EXPECT_GT(test.lower_bound(d, 0.05), 0);
  EXPECT_TRUE(std::isfinite(test.upper_bound(d, 0.05)));
}

TEST(SignFlip, OfEqualValuesIsBoundedByThem) {
  const std::vector<double> d(9, 0.25);
  EXPECT_DOUBLE_EQ(SignFlipTest(9).lower_bound(d, 0.01), 0.25);
  EXPECT_DOUBLE_EQ(SignFlipTest(9).upper_bound(d, 0.01), 0.25);
}

// Two of thirty blocks are wild and point the wrong way, the others are slower: unbounded normal scores
// would leave p at 1 in 1000.
TEST(SignFlip, AFewWildBlocksHideLittle) {
  std::vector<double> d = noisy(30, 5, 3);
  for (std::size_t i = 0; i < 2; ++i) d[10 * i] = -100 - static_cast<double>(i);
  EXPECT_LT(SignFlipTest(30).p_greater(d), 0.0005);
}

TEST(SignFlip, OneWildBlockCountsAsOneBlock) {
  std::vector<double> d = noisy(20, 1, 1);
  const double p = SignFlipTest(20).p_greater(d);
  *std::max_element(d.begin(), d.end()) = 1e6;
  EXPECT_DOUBLE_EQ(SignFlipTest(20).p_greater(d), p);
}

TEST(SignFlip, RefusesNoBlocksAndOtherNumbersOfThem) {
  EXPECT_THROW(SignFlipTest(0), Error);
  EXPECT_THROW((void)SignFlipTest(3).p_greater(std::vector<double>{1, 2}), Error);
}

TEST(FewestBlocks, IsTheLogarithmOfTheLevel) {
  EXPECT_EQ(fewest_blocks(0.05), 5U);
  EXPECT_EQ(fewest_blocks(0.01), 7U);
  EXPECT_EQ(fewest_blocks(1.0 / 64), 6U);
}

}  // namespace
}  // namespace assay
