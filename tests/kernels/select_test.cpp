// What select of each kernel owes: enough elements, in order, with the places where faults hide.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "kernels/attention.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

std::vector<std::int64_t> select(const Problem& problem, std::uint64_t seed, std::int64_t count) {
  return kernel_of(problem).select(problem, seed, count);
}

TEST(Select, GivesEnoughInOrderAndInRange) {
  for (const char* name :
       {"matmul/dtype:f32/m:1/n:100000/k:4", "matmul/dtype:f32/m:300/n:300/k:4",
        "matmul/dtype:f32/m:5000/n:1/k:4", "matmul/dtype:f32/m:7/n:700/k:4/batch:5",
        "attention/dtype:f32/batch:3/heads:8/q:40/kv:9/d:30",
        "attention/dtype:f32/heads:2/q:300/kv:100/d:7/causal:1"}) {
    const Problem problem = parse_problem(name);
    const auto chosen = select(problem, 1, 4096);
    EXPECT_GE(chosen.size(), 4096U) << name;
    EXPECT_EQ(std::ranges::adjacent_find(chosen, std::greater_equal{}), chosen.end()) << name;
    EXPECT_GE(chosen.front(), 0);
    EXPECT_LT(chosen.back(), problem.output().elements());
    EXPECT_EQ(select(problem, 1, 4096), chosen);
    EXPECT_NE(select(problem, 2, 4096), chosen) << name;
  }
}

TEST(Select, GivesEverythingOfASmallOutput) {
  EXPECT_EQ(select(parse_problem("matmul/dtype:f32/m:64/n:64/k:4"), 1, 4096).size(), 4096U);
  EXPECT_EQ(select(parse_problem("attention/dtype:f32/heads:2/q:4/d:8"), 1, 4096).size(), 64U);
}

TEST(SelectMatmul, CoversBordersTileCornersAndBatches) {
  const auto chosen = select(parse_problem("matmul/dtype:f32/m:333/n:777/k:4/batch:6"), 1, 4096);
  std::set<std::int64_t> rows;
  std::set<std::int64_t> columns;
  std::set<std::int64_t> batches;
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  for (const std::int64_t index : chosen) {
    rows.insert(index / 777 % 333);
    columns.insert(index % 777);
    batches.insert(index / 777 / 333);
    places.emplace(index / 777 % 333, index % 777);
  }
  EXPECT_EQ(batches.size(), 6U);
  for (const std::int64_t i : {0, 7, 8, 31, 32, 319, 320, 332}) {
    for (const std::int64_t j : {0, 15, 16, 255, 256, 767, 768, 776}) {
      EXPECT_TRUE(places.contains({i, j})) << i << "," << j;
    }
  }
  EXPECT_GT(rows.size(), 300U);
  EXPECT_GT(columns.size(), 700U);
}

TEST(SelectAttention, TakesWholeRowsOfEveryHeadAndTheDiagonal) {
  const auto problem =
      parse_problem("attention/dtype:f32/batch:2/heads:4/kv_heads:2/q:400/kv:300/d:16/causal:1");
  const auto chosen = select(problem, 1, 4096);
  std::set<std::int64_t> rows;
  std::set<std::int64_t> heads;
  for (const std::int64_t index : chosen) {
    rows.insert(index / 16);
    heads.insert(index / 16 / 400);
  }
  EXPECT_EQ(chosen.size(), rows.size() * 16);
  EXPECT_EQ(heads.size(), 8U);
  // The last row that sees nothing, the first that sees a key, and the borders of the keys' tiles.
  for (const std::int64_t row : {0, 99, 100, 100 + 127, 100 + 128, 399}) {
    EXPECT_TRUE(rows.contains(row)) << row;
    EXPECT_TRUE(rows.contains(7 * 400 + row)) << row;
  }
}

}  // namespace
}  // namespace assay
