#include "bench/statistics/proportion.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(ClopperPearson, OfNothingSeenIsTheRuleOfThree) {
  // 1 - 0.05^(1/n), about 3 / n.
  EXPECT_NEAR(proportion_at_most(0, 300, 0.95), 1 - std::pow(0.05, 1.0 / 300), 1e-12);
  EXPECT_EQ(clopper_pearson(0, 300).low, 0);
}

TEST(ClopperPearson, OfEverythingSeenReachesOne) {
  EXPECT_EQ(clopper_pearson(10, 10).high, 1);
  EXPECT_NEAR(clopper_pearson(10, 10).low, std::pow(0.025, 0.1), 1e-12);
}

// The interval that every text gives for 1 of 10: (0.0025, 0.4450).
TEST(ClopperPearson, AgreesWithTheTables) {
  const Estimate e = clopper_pearson(1, 10);
  EXPECT_DOUBLE_EQ(e.value, 0.1);
  EXPECT_NEAR(e.low, 0.00253, 1e-5);
  EXPECT_NEAR(e.high, 0.44502, 1e-5);
}

TEST(ClopperPearson, IsSymmetric) {
  EXPECT_NEAR(clopper_pearson(3, 20).low, 1 - clopper_pearson(17, 20).high, 1e-12);
}

TEST(ClopperPearson, RefusesWhatIsNoProportion) {
  EXPECT_THROW((void)clopper_pearson(0, 0), Error);
  EXPECT_THROW((void)clopper_pearson(-1, 5), Error);
  EXPECT_THROW((void)clopper_pearson(6, 5), Error);
}

}  // namespace
}  // namespace assay
