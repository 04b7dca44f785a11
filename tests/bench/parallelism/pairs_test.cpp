#include "bench/parallelism/pairs.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::int64_t> processors(std::int64_t count) {
  std::vector<std::int64_t> list(static_cast<std::size_t>(count));
  std::iota(list.begin(), list.end(), 0);
  return list;
}

TEST(CandidatePairs, OfTwoProcessorsAreOne) {
  EXPECT_THAT(candidate_pairs(processors(2), {}, 8), ElementsAre(ProcessorPair{0, 1}));
  EXPECT_THAT(candidate_pairs(processors(1), {}, 8), IsEmpty());
  EXPECT_THAT(candidate_pairs({}, {}, 8), IsEmpty());
}

TEST(CandidatePairs, HaveSiblingsOfEitherNumbering) {
  for (const std::int64_t n : {4, 18, 32, 256}) {
    const auto pairs = candidate_pairs(processors(n), {}, 8);
    EXPECT_THAT(pairs, Contains(ProcessorPair{0, n / 2})) << n;
    EXPECT_THAT(pairs, Contains(ProcessorPair{0, 1}));
    EXPECT_THAT(pairs, Contains(ProcessorPair{2, 3}));
    EXPECT_LE(pairs.size(), 8U);
  }
}

TEST(CandidatePairs, BeginWithWhatIsReportedAndLeaveRoomForOthers) {
  std::vector<ProcessorPair> reported;
  for (std::int64_t i = 0; i < 16; ++i) reported.emplace_back(i, i + 100);
  const auto pairs = candidate_pairs(processors(200), reported, 8);
  EXPECT_EQ(pairs.front(), (ProcessorPair{0, 100}));
  EXPECT_THAT(pairs, SizeIs(8));
  EXPECT_THAT(pairs, Contains(ProcessorPair{0, 1}));
}

TEST(CandidatePairs, AreOfTheProcessorsThatMayBeUsed) {
  const std::vector<std::int64_t> odd = {3, 5, 9};
  EXPECT_THAT(candidate_pairs(odd, {}, 8),
              testing::UnorderedElementsAre(ProcessorPair{3, 5}, ProcessorPair{3, 9}));
}

}  // namespace
}  // namespace assay
