#include "kernels/fill.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/support/conformance_shapes.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

std::vector<std::byte> bytes(std::span<const std::byte> data) { return {data.begin(), data.end()}; }

double element(const Problem& problem, const HostTensors& tensors, std::string_view name,
               std::int64_t i) {
  const std::size_t t = problem.index(name);
  return load(problem.tensors[t].dtype, tensors.inputs()[t].data(), i);
}

TEST(Fill, DependsOnTheSeedAlone) {
  for (const std::string& name : sanitize_shapes()) {
    const Problem problem = parse_problem(name);
    const HostTensors first(problem, 1);
    const HostTensors again(problem, 1);
    const HostTensors other(problem, 2);
    for (std::size_t t = 0; t + 1 < problem.tensors.size(); ++t) {
      EXPECT_EQ(bytes(first.inputs()[t]), bytes(again.inputs()[t])) << name;
      EXPECT_NE(bytes(first.inputs()[t]), bytes(other.inputs()[t])) << name;
    }
  }
}

// A longer tensor begins like a shorter one: no element depends on how the work is shared out.
TEST(Fill, ElementsDoNotDependOnTheirNumber) {
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    std::vector<std::byte> shorter(bytes_for(dtype, 1001));
    std::vector<std::byte> longer(bytes_for(dtype, 300001));
    fill_normal(dtype, shorter, 5, 6, 1.0);
    fill_normal(dtype, longer, 5, 6, 1.0);
    longer.resize(shorter.size());
    EXPECT_EQ(shorter, longer);
  }
}

TEST(Fill, IntegersUseTheirWholeRangeAndSymmetricOnesNoMinus128) {
  for (const bool symmetric : {true, false}) {
    std::vector<std::byte> data(20000);
    fill_integers(DType::s8, data, 1, 2, symmetric);
    std::vector<int> counts(256);
    for (const std::byte each : data) ++counts[std::to_integer<std::size_t>(each)];
    EXPECT_EQ(counts[0x80] == 0, symmetric);
    counts[0x80] = 1;
    EXPECT_THAT(counts, testing::Each(testing::Gt(0)));
  }
}

TEST(Fill, NeighbouringScalesDiffer) {
  for (const char* name :
       {"matmul/dtype:s8/m:4/n:50/k:64", "matmul/dtype:bf16/m:4/n:20/k:256/weights:s4/group:32"}) {
    const Problem problem = parse_problem(name);
    const HostTensors tensors(problem, 3);
    const TensorSpec* scale = problem.find("b_scale");
    const std::int64_t columns = scale->shape.back();
    for (std::int64_t i = 0; i < scale->elements(); ++i) {
      const double here = element(problem, tensors, "b_scale", i);
      for (const std::int64_t next : {i + 1, i + columns}) {
        if (next >= scale->elements() || (next == i + 1 && next % columns == 0)) continue;
        const double ratio = here / element(problem, tensors, "b_scale", next);
        EXPECT_GT(std::abs(std::log(ratio)), std::log(1.2)) << name << " " << i;
      }
    }
  }
}

TEST(Fill, TheLastOfKIsLarge) {
  const Problem problem = parse_problem("matmul/dtype:bf16/m:20/n:4/k:300/layout:tn");
  const HostTensors tensors(problem, 3);
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_GE(std::abs(element(problem, tensors, "a", 299 * 20 + i)), 4.0);
  }
}

TEST(Fill, ZerosMakeAZeroOutputThatPasses) {
  for (const std::string& name : sanitize_shapes()) {
    const Problem problem = parse_problem(name);
    HostTensors tensors(problem, 3);
    fill_tensors(problem, Fill::zeros, 3, tensors.data());
    std::vector<std::int64_t> selection = {0};
    std::vector<Expected> expected(1);
    kernel_of(problem).reference(problem, tensors.inputs(), selection, expected);
    EXPECT_EQ(expected[0].value, 0.0) << name;
  }
}

TEST(TileBorders, AreTheEndsAndBothSidesOfBorders) {
  EXPECT_THAT(tile_borders(1), testing::ElementsAre(0));
  EXPECT_THAT(tile_borders(8), testing::ElementsAre(0, 7));
  EXPECT_THAT(tile_borders(17), testing::ElementsAre(0, 7, 8, 15, 16));
  EXPECT_THAT(tile_borders(70), testing::ElementsAre(0, 7, 8, 15, 16, 31, 32, 63, 64, 69));
}

}  // namespace
}  // namespace assay
