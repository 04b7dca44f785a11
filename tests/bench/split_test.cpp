#include "bench/split/split.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(Split, RowsFollowSpeed) {
  const auto rows = [](std::int64_t m, std::vector<double> speeds) {
    return rows_by_speed(m, speeds);
  };
  EXPECT_EQ(rows(100, {1, 1}), (std::vector<std::int64_t>{50, 50}));
  EXPECT_EQ(rows(2, {1e9, 1}), (std::vector<std::int64_t>{1, 1}));
  for (const std::int64_t m : {3, 4, 17, 4096}) {
    const auto found = rows(m, {1, 2.5, 1e-6});
    EXPECT_EQ(std::accumulate(found.begin(), found.end(), std::int64_t{0}), m);
    for (const std::int64_t each : found) EXPECT_GE(each, 1);
    EXPECT_GE(found[1], found[0]);
  }
  EXPECT_THROW((void)rows(1, {1, 1}), Error);
}

// Two devices of 1 and 3 problems a second, together 4: nothing is lost.
TEST(Split, EfficiencyIsOfTheSum) {
  const std::vector<std::vector<double>> alone = {{1, 1, 1}, {1.0 / 3, 1.0 / 3}};
  EXPECT_DOUBLE_EQ(split_efficiency(alone, std::vector<double>{0.25}), 1);
  EXPECT_DOUBLE_EQ(split_efficiency(alone, std::vector<double>{0.5}), 0.5);
}

}  // namespace
}  // namespace assay
