// The definition of alu against its own words, step by step, and what its tolerance tells apart.
#include "kernels/alu.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Data {
  explicit Data(const std::string& name) : problem(parse_problem(name)) {
    for (const TensorSpec& spec : problem.tensors) memory.emplace_back(spec.bytes());
    std::vector<std::span<std::byte>> all(memory.begin(), memory.end());
    fill_tensors(problem, Fill::random, 7, all);
    inputs.assign(all.begin(), all.end());
    std::vector<std::int64_t> selection(static_cast<std::size_t>(problem.output().elements()));
    std::iota(selection.begin(), selection.end(), 0);
    expected.resize(selection.size());
    kernel_of(problem).reference(problem, inputs, selection, expected);
  }
  [[nodiscard]] double at(std::size_t tensor, std::int64_t i) const {
    return load(problem.tensors[tensor].dtype, inputs[tensor].data(), i);
  }

  Problem problem;
  std::vector<std::vector<std::byte>> memory;
  std::vector<std::span<const std::byte>> inputs;
  std::vector<Expected> expected;
};

// As the header says it, in double; `steps` of them.
double walk(const Data& data, std::int64_t chain, std::int64_t steps) {
  const AluShape s = alu_shape(data.problem);
  double x = data.at(0, chain);
  for (std::int64_t t = 0; t < steps; ++t) {
    const std::int64_t row = s.loads ? (chain + 16 * t) % 4096 : t % 2;
    if (s.path == AluShape::Path::add) {
      x += data.at(1, t % 2);
      continue;
    }
    double sum = s.path == AluShape::Path::fma ? data.at(1, t % 2) * x + data.at(2, row) : x;
    for (std::int64_t l = 0; s.path != AluShape::Path::fma && l < s.depth; ++l) {
      sum += data.at(1, t % 2 * s.depth + l) * data.at(2, row * s.depth + l);
    }
    x = sum;
  }
  return x;
}

class AluReference : public testing::TestWithParam<const char*> {};

TEST_P(AluReference, IsWhatTheStepsSay) {
  const Data data(GetParam());
  const std::int64_t steps = data.problem.integer("steps");
  for (const std::int64_t chain : {std::int64_t{0}, std::int64_t{5}, std::int64_t{36}}) {
    const Expected& e = data.expected[static_cast<std::size_t>(chain)];
    const double exact = walk(data, chain, steps);
    EXPECT_NEAR(e.value, exact, 1e-9 * (1 + std::abs(exact))) << "chain " << chain;
    EXPECT_GE(e.magnitude * 1.0000001, std::abs(exact) * 0.3);
  }
}

INSTANTIATE_TEST_SUITE_P(Paths, AluReference,
                         testing::Values("alu/dtype:f32/path:fma/chains:37/steps:1000",
                                         "alu/dtype:f32/path:fma/chains:37/steps:998/loads:1",
                                         "alu/dtype:f16/path:fma/chains:37/steps:100",
                                         "alu/dtype:f16/path:dot/chains:37/steps:100",
                                         "alu/dtype:bf16/path:dot/chains:37/steps:1000",
                                         "alu/dtype:bf16/path:dot/chains:37/steps:100/loads:1",
                                         "alu/dtype:s8/path:dot/chains:37/steps:32768",
                                         "alu/dtype:s8/path:matrix/chains:37/steps:32768",
                                         "alu/dtype:bf16/path:matrix/chains:37/steps:100",
                                         "alu/dtype:s32/path:add/chains:37/steps:32768"));

class AluTolerance : public testing::TestWithParam<const char*> {};

// A chain that took 2 % fewer steps, or started where its neighbour did, is no right answer.
TEST_P(AluTolerance, TellsStepsAndChainsApart) {
  const Data data(GetParam());
  const std::int64_t steps = data.problem.integer("steps");
  const Tolerance tolerance = kernel_of(data.problem).tolerance(data.problem);
  int fewer = 0;
  int other = 0;
  for (std::int64_t chain = 0; chain < 36; ++chain) {
    const Expected& e = data.expected[static_cast<std::size_t>(chain)];
    const double allowed = tolerance.allowed(e);
    fewer += std::abs(walk(data, chain, steps * 49 / 50 / 2 * 2) - e.value) > allowed ? 1 : 0;
    other += std::abs(walk(data, chain + 1, steps) - e.value) > allowed ? 1 : 0;
  }
  EXPECT_GE(fewer, 30);
  EXPECT_GE(other, 30);
}

INSTANTIATE_TEST_SUITE_P(Paths, AluTolerance,
                         testing::Values("alu/dtype:f32/path:fma/chains:37/steps:1024",
                                         "alu/dtype:bf16/path:dot/chains:37/steps:1024",
                                         "alu/dtype:f32/path:matrix/chains:37/steps:1024",
                                         "alu/dtype:s8/path:dot/chains:37/steps:32768",
                                         "alu/dtype:s32/path:add/chains:37/steps:32768"));

TEST(Alu, SumsOfIntegersFitTheirType) {
  for (const char* name : {"alu/dtype:s8/path:dot/chains:200/steps:32768",
                           "alu/dtype:s8/path:matrix/chains:200/steps:32768",
                           "alu/dtype:s32/path:add/chains:200/steps:32768"}) {
    const Data data(name);
    for (const Expected& e : data.expected) EXPECT_LT(std::abs(e.value), 0x1p31) << name;
  }
}

TEST(Alu, RefusesWhatNoInstructionDoes) {
  const auto make = [](const char* text) { return [text] { (void)parse_problem(text); }; };
  EXPECT_THAT(make("alu/dtype:s8/path:fma/chains:1"), ThrowsMessage<Error>(HasSubstr("path:fma")));
  EXPECT_THAT(make("alu/dtype:f32/path:dot/chains:1"), ThrowsMessage<Error>(HasSubstr("path:dot")));
  EXPECT_THAT(make("alu/dtype:f32/chains:1/steps:3"), ThrowsMessage<Error>(HasSubstr("steps:3")));
  EXPECT_THAT(make("alu/dtype:f32/chains:1/width:3"), ThrowsMessage<Error>(HasSubstr("width")));
  EXPECT_THAT(make("alu/dtype:s8/path:matrix/chains:1/loads:1"),
              ThrowsMessage<Error>(HasSubstr("loads:0")));
}

TEST(Alu, CountsTwoOperationsAStepAndFactor) {
  const auto flops = [](const char* name) {
    const Problem problem = parse_problem(name);
    return kernel_of(problem).work(problem).flops;
  };
  EXPECT_EQ(flops("alu/dtype:f32/chains:10/steps:100"), 2e3);
  EXPECT_EQ(flops("alu/dtype:bf16/chains:10/steps:100"), 4e3);
  EXPECT_EQ(flops("alu/dtype:s8/chains:10/steps:100"), 8e3);
  EXPECT_EQ(flops("alu/dtype:s8/path:matrix/chains:10/steps:100"), 64e3);
  EXPECT_EQ(flops("alu/dtype:s32/chains:10/steps:100"), 1e3);
}

}  // namespace
}  // namespace assay
