#include "bench/statistics/procedure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/error.hpp"
#include "noise.hpp"

namespace assay {
namespace {

std::vector<double> blocks_around(double centre, double noise, std::size_t count,
                                  simulation::Random& random) {
  std::vector<double> values(count);
  for (double& value : values) value = centre + noise * random.normal();
  return values;
}

// Runs the whole procedure; case i is slower by shifts[i].
Procedure run(const std::vector<double>& shifts, double noise, const ProcedureOptions& options,
              std::uint64_t seed) {
  simulation::Random random(seed, 0);
  Procedure procedure(shifts.size(), options);
  while (!procedure.requests().empty()) {
    std::vector<std::vector<double>> blocks;
    for (const Procedure::Request& r : procedure.requests()) {
      blocks.push_back(blocks_around(shifts[r.index], noise, r.blocks, random));
    }
    procedure.give(blocks);
  }
  return procedure;
}

TEST(Procedure, SpeaksOfTheNoiseOfTheConfirmation) {
  simulation::Random random(3, 0);
  Procedure procedure(1, {});
  using Blocks = std::vector<std::vector<double>>;
  procedure.give(Blocks{blocks_around(0.05, 0.001, 6, random)});
  procedure.give(Blocks{blocks_around(0.05, 0.2, 20, random)});
  EXPECT_GT(procedure.verdicts()[0].noise, 0.1);
  EXPECT_GT(procedure.outlook(procedure.verdicts()[0]).visible, 0.1);
}

TEST(Procedure, AsksForAScreenOfEveryCaseFirst) {
  const Procedure procedure(3, {});
  EXPECT_THROW((void)procedure.verdicts(), Error);
  ASSERT_EQ(procedure.requests().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(procedure.requests()[i].index, i);
    EXPECT_EQ(procedure.requests()[i].blocks, 6U);
  }
}

TEST(Procedure, ConfirmsFlaggedCasesOnlyAndWithEnoughBlocks) {
  simulation::Random random(1, 0);
  Procedure procedure(4, {});
  procedure.give(
      std::vector{blocks_around(-0.01, 0.001, 6, random), blocks_around(0.2, 0.001, 6, random),
                  blocks_around(-0.01, 0.001, 6, random), blocks_around(0.3, 0.001, 6, random)});
  ASSERT_EQ(procedure.requests().size(), 2U);
  EXPECT_EQ(procedure.flagged(), 2U);
  EXPECT_EQ(procedure.requests()[0].index, 1U);
  EXPECT_EQ(procedure.requests()[1].index, 3U);
  EXPECT_EQ(procedure.requests()[0].blocks, 50U);
  // What wasn't flagged has its verdict, what was has none yet.
  EXPECT_TRUE(procedure.verdicts()[0].measured);
  EXPECT_FALSE(procedure.verdicts()[1].measured);
  procedure.limit_blocks(20);
  EXPECT_EQ(procedure.requests()[1].blocks, 20U);
  procedure.limit_blocks(2);
  EXPECT_EQ(procedure.requests()[1].blocks, 10U);  // ceil(log2(200)) + 2
}

TEST(Procedure, FindsWhatIsSlowerAndPassesTheRest) {
  const Procedure procedure = run({0, 0.1, 0, -0.1, 0.1}, 0.005, {}, 2);
  const auto& v = procedure.verdicts();
  EXPECT_EQ(v[0].verdict.outcome, Outcome::pass);
  EXPECT_EQ(v[1].verdict.outcome, Outcome::regression);
  EXPECT_EQ(v[2].verdict.outcome, Outcome::pass);
  EXPECT_TRUE(v[3].verdict.faster);
  EXPECT_EQ(v[4].verdict.outcome, Outcome::regression);
  EXPECT_NEAR(v[1].log_ratio.value, 0.1, 0.01);
  EXPECT_LE(v[1].adjusted_p, 0.01);
}

TEST(Procedure, SaysWhatANoisyCaseCouldHaveShown) {
  const Procedure procedure = run(std::vector<double>(20, 0.0), 0.2, {}, 4);
  for (const CaseVerdict& v : procedure.verdicts()) {
    EXPECT_NE(v.verdict.outcome, Outcome::regression);
    const Outlook outlook = procedure.outlook(v);
    EXPECT_GT(outlook.visible, 0.1);
    EXPECT_LT(outlook.power, 0.5);
    EXPECT_GT(outlook.needed, 50U);
  }
}

TEST(Procedure, DropsACaseWithoutBlocks) {
  simulation::Random random(5, 0);
  Procedure procedure(2, {});
  procedure.give(std::vector<std::vector<double>>{{}, blocks_around(0, 0.001, 6, random)});
  while (!procedure.requests().empty()) {
    procedure.give(std::vector<std::vector<double>>{
        blocks_around(0, 0.001, procedure.requests()[0].blocks, random)});
  }
  EXPECT_FALSE(procedure.verdicts()[0].measured);
  EXPECT_EQ(procedure.verdicts()[0].verdict.outcome, Outcome::inconclusive);
  EXPECT_TRUE(procedure.verdicts()[1].measured);
}

TEST(Procedure, LosingTheConfirmationsBlocksIsNoRegression) {
  Procedure procedure(1, {});
  procedure.give(std::vector<std::vector<double>>{{0.2, 0.21, 0.19, 0.2, 0.22, 0.2}});
  ASSERT_EQ(procedure.requests().size(), 1U);
  procedure.give(std::vector<std::vector<double>>{{0.2, 0.21, 0.2, 0.19}});
  // Four blocks can't reach 1 %.
  EXPECT_EQ(procedure.verdicts()[0].verdict.outcome, Outcome::inconclusive);
}

TEST(Procedure, OfNoCasesIsDone) {
  const Procedure procedure(0, {});
  EXPECT_TRUE(procedure.requests().empty());
  EXPECT_TRUE(procedure.verdicts().empty());
}

TEST(Procedure, RefusesBlocksThatItDidNotAskFor) {
  Procedure procedure(2, {});
  EXPECT_THROW(procedure.give(std::vector<std::vector<double>>{{1, 2, 3}}), Error);
}

TEST(LeastConfirmBlocks, GrowsWithTheLogarithmOfTheFlagged) {
  EXPECT_EQ(least_confirm_blocks(1, 0.01), 9U);
  EXPECT_EQ(least_confirm_blocks(10, 0.01), 12U);
  EXPECT_EQ(least_confirm_blocks(200, 0.01), 17U);
}

TEST(CombinedPower, IsBelowThatOfEachStage) {
  const ProcedureOptions options;
  const double both = combined_power(0.03, 0.035, 25, 1, options);
  EXPECT_GT(both, 0.5);
  EXPECT_LT(both, 0.7);  // the screen's: Phi(0.0296 sqrt(6) / 0.035 - 1.645)
  EXPECT_EQ(combined_power(0.03, 0, 25, 1, options), 1);
}

}  // namespace
}  // namespace assay
