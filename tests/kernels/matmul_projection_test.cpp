// Freivalds' check alone, without the sample.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/matmul_reference.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

std::optional<Projection> project(const Problem& problem, const HostTensors& tensors) {
  return project_matmul(problem, tensors.inputs(), 99);
}

TEST(MatmulProjection, PassesRightOutputs) {
  for (const std::string& name : conformance_shapes()) {
    const Problem problem = parse_problem(name);
    if (problem.kernel != "matmul") continue;
    const HostTensors tensors(problem, 1);
    run(problem, tensors.inputs(), {}, tensors.output());
    const auto projection = project(problem, tensors);
    const bool bends = name.find("lu") != std::string::npos;
    ASSERT_EQ(projection.has_value(), !bends) << name;
    if (projection) {
      EXPECT_LE(projection->error, 1.0) << name;
    }
  }
}

TEST(MatmulProjection, ExactForS32) {
  const Problem problem = parse_problem("matmul/dtype:u8/m:40/n:300/k:333/out:s32");
  const HostTensors tensors(problem, 1);
  run(problem, tensors.inputs(), {}, tensors.output());
  EXPECT_EQ(project(problem, tensors)->error, 0.0);
  const double value = load(DType::s32, tensors.output().data(), 5678);
  store(DType::s32, tensors.output().data(), 5678, value + 1);
  EXPECT_GT(project(problem, tensors)->error, 1.0);
}

// What the header says: any element that is off by 4.6 u sqrt(width) times the row's rms.
TEST(MatmulProjection, SeesASmallFaultInAnyElement) {
  for (const std::string dtype : {"f32", "f16", "bf16"}) {
    const Problem problem = parse_problem("matmul/dtype:" + dtype + "/m:20/n:1000/k:200");
    const HostTensors tensors(problem, 1);
    run(problem, tensors.inputs(), {}, tensors.output());
    ASSERT_LE(project(problem, tensors)->error, 1.0);
    for (const std::int64_t index : {0, 999, 1234, 7777, 19999}) {
      const double value = load(problem.output().dtype, tensors.output().data(), index);
      store(problem.output().dtype, tensors.output().data(), index, value + 0.3 * std::sqrt(200.0));
      EXPECT_GT(project(problem, tensors)->error, 1.0) << dtype << " " << index;
      store(problem.output().dtype, tensors.output().data(), index, value);
    }
  }
}

TEST(MatmulProjection, NotANumberFails) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:4/n:4/k:4");
  const HostTensors tensors(problem, 1);
  run(problem, tensors.inputs(), {}, tensors.output());
  store(DType::f32, tensors.output().data(), 7, std::nan(""));
  EXPECT_GT(project(problem, tensors)->error, 1.0);
}

}  // namespace
}  // namespace assay
