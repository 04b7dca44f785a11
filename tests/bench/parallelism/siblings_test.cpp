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
