#include "kernels/matmul_reference.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "kernels/selection.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

using testing::DoubleNear;

void set(const Problem& problem, const HostTensors& tensors, std::string_view name,
         const std::vector<double>& values) {
  const std::size_t t = problem.index(name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    store(problem.tensors[t].dtype, tensors.data()[t].data(), static_cast<std::int64_t>(i),
          values[i]);
  }
}

std::vector<double> reference(const Problem& problem, const HostTensors& tensors,
                              const std::vector<std::int64_t>& selection = {}) {
  const auto chosen = selection.empty() ? every_index(problem.output().elements()) : selection;
  std::vector<Expected> expected(chosen.size());
  kernel_of(problem).reference(problem, tensors.inputs(), chosen, expected);
  std::vector<double> values;
  for (const Expected& each : expected) values.push_back(each.value);
  return values;
}

// [[1 2 3] [4 5 6]] times [[1 2] [0 1] [2 0]] = [[7 4] [16 13]].
TEST(MatmulReference, MultipliesInEveryLayout) {
  const std::vector<double> a = {1, 2, 3, 4, 5, 6};
  const std::vector<double> a_transposed = {1, 4, 2, 5, 3, 6};
  const std::vector<double> b = {1, 2, 0, 1, 2, 0};
  const std::vector<double> b_transposed = {1, 0, 2, 2, 1, 0};
  for (const std::string layout : {"nt", "nn", "tn"}) {
    for (const std::string dtype : {"f32", "f16", "bf16", "s8/out:s32", "u8/out:s32"}) {
      const Problem problem =
          parse_problem("matmul/m:2/n:2/k:3/dtype:" + dtype + "/layout:" + layout);
      const HostTensors tensors(problem);
      set(problem, tensors, "a", layout == "tn" ? a_transposed : a);
      set(problem, tensors, "b", layout == "nt" ? b_transposed : b);
      EXPECT_THAT(reference(problem, tensors), testing::ElementsAre(7, 4, 16, 13)) << layout;
    }
  }
}

TEST(MatmulReference, ScalesIntegers) {
  const Problem problem = parse_problem("matmul/dtype:s8/m:1/n:2/k:2/batch:2/epilogue:bias");
  const HostTensors tensors(problem);
  set(problem, tensors, "a", {1, 2, 3, 4});
  set(problem, tensors, "b", {1, 1, -1, 1, 2, 2, 1, 0});
  set(problem, tensors, "a_scale", {0.5, 2});
  set(problem, tensors, "b_scale", {1, 2, 4, 8});
  set(problem, tensors, "bias", {0, 10, 20, 30});
  EXPECT_THAT(reference(problem, tensors), testing::ElementsAre(1.5, 11, 132, 78));
}

TEST(MatmulReference, DequantisesWithTheGroupsScaleAndZeroPoint) {
  const Problem problem =
      parse_problem("matmul/dtype:f32/m:1/n:2/k:4/weights:u4/group:2/zero_points:u8");
  const HostTensors tensors(problem);
  set(problem, tensors, "a", {1, 1, 1, 10});
  set(problem, tensors, "b", {1, 2, 3, 4, 15, 0, 8, 8});
  set(problem, tensors, "b_scale", {1, 0.5, 2, 4});
  set(problem, tensors, "b_zero_point", {1, 2, 200, 9});
  // (0 + 1) + 0.5 (1 + 20), 2 (-185 - 200) + 4 (-1 - 10)
  EXPECT_THAT(reference(problem, tensors), testing::ElementsAre(11.5, -814));
  const Problem signed_problem = parse_problem("matmul/dtype:f32/m:1/n:1/k:2/weights:s4");
  const HostTensors signed_tensors(signed_problem);
  set(signed_problem, signed_tensors, "a", {1, 2});
  set(signed_problem, signed_tensors, "b", {-8, 7});
  set(signed_problem, signed_tensors, "b_scale", {0.25});
  EXPECT_THAT(reference(signed_problem, signed_tensors), testing::ElementsAre(1.5));
}

TEST(MatmulReference, ActivationFunctions) {
  for (const auto& [name, value] : {std::pair{"gelu", 0.8413447460685429},
                                    {"silu", 0.7310585786300049},
                                    {"bias_gelu", 1.9544997361036416},
                                    {"bias_silu", 1.7615941559557646}}) {
    const Problem problem =
        parse_problem("matmul/dtype:f32/m:1/n:1/k:1/epilogue:" + std::string(name));
    const HostTensors tensors(problem);
    set(problem, tensors, "a", {1});
    set(problem, tensors, "b", {1});
    if (problem.find("bias") != nullptr) set(problem, tensors, "bias", {1});
    EXPECT_THAT(reference(problem, tensors)[0], DoubleNear(value, 1e-14)) << name;
  }
}

TEST(MatmulReference, ASelectionIsTheSameAsEverything) {
  const Problem problem = parse_problem("matmul/dtype:bf16/m:37/n:53/k:70/batch:3/layout:nn");
  const HostTensors tensors(problem, 4);
  const auto all = reference(problem, tensors);
  const std::vector<std::int64_t> selection = {0, 52, 53, 1961, 1962, 4000, 5882};
  const auto some = reference(problem, tensors, selection);
  for (std::size_t e = 0; e < selection.size(); ++e) {
    EXPECT_EQ(some[e], all[static_cast<std::size_t>(selection[e])]);
  }
}

}  // namespace
}  // namespace assay
