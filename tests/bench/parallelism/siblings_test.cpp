#include "bench/parallelism/siblings.hpp"

#include <gmock/gmock.h>

#include "kernels/random.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = Siblings::State;

// Speed-ups near `level` in [from, to), 3 % to either side.
void plant(std::vector<double>& values, double level, int count) {
  for (int i = 0; i < count; ++i) {
    const double u = uniform(random_bits(11, 0, values.size()));
    values.push_back(level * (0.97 + 0.06 * u));
  }
}

TEST(Siblings, TellsOneCoreFromTwo) {
  std::vector<double> one;
  plant(one, 1.02, 40);
  const Siblings shared = find_siblings(one);
  EXPECT_EQ(shared.state, State::shared);
  EXPECT_NEAR(shared.scaling, 1.02, 0.02);
  EXPECT_GT(shared.sure, 0.9);
  EXPECT_THAT(shared.changes, IsEmpty());
  std::vector<double> two;
  plant(two, 1.96, 40);
  const Siblings separate = find_siblings(two);
  EXPECT_EQ(separate.state, State::separate);
  EXPECT_GT(separate.sure, 0.9);
}

TEST(Siblings, SeesASwitchMidway) {
  std::vector<double> values;
  plant(values, 1.98, 17);
  plant(values, 1.01, 23);
  const Siblings found = find_siblings(values);
  EXPECT_THAT(found.changes, ElementsAre(17));
  EXPECT_EQ(found.state, State::shared);
  EXPECT_LT(found.sure, 0.75);
  EXPECT_THAT(siblings_text(found, "0 and 1"), HasSubstr("changed 1 time meanwhile"));
  plant(values, 1.98, 20);
  EXPECT_THAT(find_siblings(values).changes, ElementsAre(17, 40));
}

TEST(Siblings, SayWhatHoldsNow) {
  // Most samples say two cores, the last ones say otherwise.
  std::vector<double> values;
  plant(values, 1.98, 30);
  plant(values, 1.01, 12);
  const Siblings found = find_siblings(values);
  EXPECT_EQ(found.state, State::shared);
  EXPECT_THAT(found.phases, ElementsAre(State::separate, State::shared));
  EXPECT_THAT(siblings_text(found, "0 and 1"), HasSubstr("now two threads of one core"));
  EXPECT_THAT(siblings_text(found, "0 and 1"),
              HasSubstr("two cores, from sample 30 two threads of one core"));
}

TEST(Siblings, AreUnclearWhereMostSinceTheChangeSayNothing) {
  std::vector<double> values;
  plant(values, 1.98, 10);
  plant(values, 1.0, 4);
  plant(values, 1.4, 28);
  const Siblings found = find_siblings(values);
  EXPECT_EQ(found.state, State::unclear);
  EXPECT_THAT(found.changes, ElementsAre(10));
  EXPECT_THAT(siblings_text(found, "0 and 1"), HasSubstr("now unclear after 32 samples"));
}

TEST(Siblings, DoesNotCallStoppedThreadsACore) {
  // A quota that stops two threads half of the time; a gain that neither explains.
  for (const double level : {0.55, 0.8, 1.25, 1.5}) {
    std::vector<double> values;
    plant(values, level, 40);
    EXPECT_EQ(find_siblings(values).state, State::unclear) << level;
  }
}

TEST(Siblings, SamplesThatFollowEachOtherCountLess) {
  // The same shares: scattered, and in runs of three.
  std::vector<double> scattered;
  std::vector<double> runs;
  for (int i = 0; i < 60; ++i) {
    scattered.push_back(i % 4 == 0 ? 1.0 : 2.0);
    runs.push_back(i % 12 < 3 ? 1.0 : 2.0);
  }
  const Siblings often = find_siblings(scattered);
  const Siblings seldom = find_siblings(runs);
  EXPECT_EQ(often.state, State::separate);
  EXPECT_EQ(seldom.state, State::separate);
  EXPECT_NEAR(often.share, 0.75, 1e-9);
  EXPECT_NEAR(seldom.share, 0.75, 1e-9);
  EXPECT_LT(seldom.independent, 40);
  EXPECT_LT(seldom.sure, often.sure);
  // As often one as the other, three at a time.
  std::vector<double> alternating;
  for (int i = 0; i < 60; ++i) alternating.push_back(i % 6 < 3 ? 1.0 : 2.0);
  EXPECT_EQ(find_siblings(alternating).state, State::unclear);
}

TEST(Siblings, ASingleDisturbedSampleIsNoChange) {
  std::vector<double> values;
  plant(values, 1.97, 20);
  values[7] = 1.1;
  values[13] = 1.4;
  const Siblings found = find_siblings(values);
  EXPECT_THAT(found.changes, IsEmpty());
  EXPECT_EQ(found.state, State::separate);
  EXPECT_NEAR(found.share, 0.9, 1e-9);
}

TEST(Siblings, DoesNotGuess) {
  std::vector<double> values;
  plant(values, 1.45, 30);
  EXPECT_EQ(find_siblings(values).state, State::unclear);
  EXPECT_EQ(find_siblings(std::vector<double>{2, 2}).state, State::unclear);
  EXPECT_EQ(find_siblings({}).samples, 0);
}

}  // namespace
}  // namespace assay
