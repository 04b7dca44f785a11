#include "bench/ceilings/schedule.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;

// When rounds are taken in a sampling that ends after `end_s`, looked at every hundredth second; the
// last one is at its end.
std::vector<double> rounds(RoundSchedule schedule, double end_s) {
  std::vector<double> times;
  for (double t = 0; t < end_s; t += 0.01) {
    if (schedule.due(t)) times.push_back(t);
  }
  times.push_back(end_s);
  return times;
}

TEST(RoundSchedule, CoversSamplingsOfAnyLength) {
  for (const int count : {4, 5, 7, 10}) {
    for (const double end_s : {0.2, 0.3, 0.5, 1.0, 1.7, 2.0}) {
      const std::vector<double> times = rounds({count, 0.2, 2.0}, end_s);
      EXPECT_EQ(times.front(), 0);
      EXPECT_LE(times.size(), static_cast<std::size_t>(count));
      EXPECT_GE(times.size(), 3U);
      double gap = 0;
      for (std::size_t i = 1; i < times.size(); ++i) gap = std::max(gap, times[i] - times[i - 1]);
      EXPECT_LE(gap, 0.8 * end_s) << count << " rounds until " << end_s;
    }
  }
}

TEST(RoundSchedule, UsesAllRoundsInTheLongestSampling) {
  EXPECT_THAT(rounds({5, 0.2, 2.0}, 2.0), SizeIs(5));
  EXPECT_THAT(rounds({10, 0.2, 2.0}, 2.0), SizeIs(10));
}

TEST(RoundSchedule, OfTwoRoundsHasOneAtEachEnd) {
  EXPECT_THAT(rounds({2, 0.2, 2.0}, 1.0), ElementsAre(0, 1.0));
  EXPECT_THAT(rounds({0, 0, 0}, 1.0), ElementsAre(0, 1.0));
}

TEST(RoundSchedule, IsNeverDueWithoutRounds) {
  RoundSchedule none;
  EXPECT_FALSE(none.due(0));
  EXPECT_FALSE(none.due(1e9));
}

TEST(EvenlyInTime, CountsAStateByHowLongItLasted) {
  // Four looks at a slow state that lasted a quarter of the time.
  const std::vector<double> times = {0, 1, 2, 3, 7, 12};
  const std::vector<double> values = {50, 50, 50, 50, 100, 100};
  // At 0, 2.4, 4.8, 7.2, 9.6 and 12.
  EXPECT_THAT(evenly_in_time(times, values), ElementsAre(50, 50, 50, 100, 100, 100));
  const std::vector<double> late = {0, 1, 2, 3, 4, 24};
  EXPECT_THAT(evenly_in_time(late, values), ElementsAre(50, 100, 100, 100, 100, 100));
}

TEST(EvenlyInTime, KeepsTheHighest) {
  const std::vector<double> times = {0, 1, 1.5, 2, 10};
  const std::vector<double> values = {50, 50, 100, 50, 50};
  EXPECT_THAT(evenly_in_time(times, values), ElementsAre(50, 100, 50, 50, 50));
  const std::vector<double> at_the_end = {0, 5, 5, 5, 5};
  const std::vector<double> last = {1, 9, 2, 3, 4};
  EXPECT_THAT(evenly_in_time(at_the_end, last), Contains(9));
}

TEST(EvenlyInTime, LeavesWhatItCannotPlace) {
  const std::vector<double> values = {3, 1, 2};
  EXPECT_EQ(evenly_in_time(std::vector<double>{0, 1}, values), values);
  EXPECT_EQ(evenly_in_time(std::vector<double>{0, 2, 1}, values), values);
  EXPECT_EQ(evenly_in_time(std::vector<double>{2, 2, 2}, values), values);
  EXPECT_THAT(evenly_in_time(std::vector<double>{0, 5}, std::vector<double>{1, 2}),
              ElementsAre(1, 2));
}

}  // namespace
}  // namespace assay
