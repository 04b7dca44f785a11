// Every fault is found in every dtype, in small problems (checked fully) and in sampled ones; and
// implementations without a fault pass, whatever their order of summation.
#include <gmock/gmock.h>

#include "bench/check.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

constexpr std::uint64_t seed = 20;

class Mutants : public testing::TestWithParam<const char*> {};

TEST_P(Mutants, AreCaught) {
  const Problem problem = parse_problem(GetParam());
  const HostTensors tensors(problem, seed);
  const Checker checker(problem, tensors.inputs(), seed + 1);
  run(problem, tensors.inputs(), {}, tensors.output());
  const CheckResult right = checker.check(tensors.output());
  EXPECT_TRUE(right.passed) << right.reason;
  for (const Fault fault : faults_of(problem)) {
    poison(tensors.output(), problem.output().dtype);
    run(problem, tensors.inputs(), {.fault = fault}, tensors.output());
    const CheckResult result = checker.check(tensors.output());
    EXPECT_FALSE(result.passed) << name(fault) << " passes with error " << result.error;
    EXPECT_NE(result.reason, "");
  }
}

TEST_P(Mutants, OutputOfThePreviousCallIsCaught) {
  const Problem problem = parse_problem(GetParam());
  const HostTensors previous(problem, seed + 7);
  run(problem, previous.inputs(), {}, previous.output());
  const HostTensors tensors(problem, seed);
  const Checker checker(problem, tensors.inputs(), seed + 1);
  EXPECT_FALSE(checker.check(previous.output()).passed);
}

constexpr const char* small[] = {
    "matmul/dtype:f32/m:33/n:65/k:257/batch:2",
    "matmul/dtype:f16/m:33/n:65/k:257/batch:2",
    "matmul/dtype:bf16/m:33/n:65/k:257/batch:2",
    "matmul/dtype:bf16/m:33/n:65/k:257/out:f32",
    "matmul/dtype:f16/m:33/n:65/k:257/out:f32",
    "matmul/dtype:f32/m:17/n:33/k:260/layout:nn/epilogue:bias",
    "matmul/dtype:bf16/m:17/n:33/k:260/layout:tn/epilogue:bias_gelu",
    "matmul/dtype:f16/m:17/n:33/k:260/epilogue:silu",
    "matmul/dtype:f32/m:17/n:33/k:260/epilogue:gelu",
    "matmul/dtype:s8/m:17/n:33/k:65/batch:2",
    "matmul/dtype:s8/m:17/n:33/k:260/out:bf16/epilogue:bias",
    "matmul/dtype:s8/m:17/n:33/k:65/out:s32",
    "matmul/dtype:u8/m:17/n:33/k:65",
    "matmul/dtype:u8/m:17/n:33/k:65/out:s32/layout:nn",
    "matmul/dtype:u8/m:17/n:33/k:65/out:bf16/epilogue:bias_silu",
    "matmul/dtype:f32/m:9/n:33/k:256/weights:s8/group:64/zero_points:u8",
    "matmul/dtype:f16/m:9/n:33/k:256/weights:s4/group:32/batch:2",
    "matmul/dtype:bf16/m:9/n:33/k:256/weights:u4/group:128/zero_points:u4",
    "matmul/dtype:f32/m:9/n:33/k:256/weights:u4/zero_points:u8",
    "matmul/dtype:bf16/m:9/n:33/k:256/weights:s8",
    "attention/dtype:f32/batch:2/heads:4/kv_heads:2/q:37/kv:67/d:64/causal:1",
    "attention/dtype:f16/batch:2/heads:4/kv_heads:2/q:37/kv:67/d:64/causal:1",
    "attention/dtype:bf16/batch:2/heads:4/kv_heads:2/q:37/kv:67/d:64/causal:1",
    "attention/dtype:bf16/heads:4/kv_heads:2/q:65/kv:129/d:128",
    "attention/dtype:f16/heads:4/kv_heads:2/q:65/kv:200/d:64",
    "attention/dtype:f16/heads:7/kv_heads:1/q:33/kv:17/d:80/causal:1",
    "attention/dtype:f32/batch:2/heads:4/kv_heads:2/q:17/kv:70/d:64/causal:1/kv_dtype:s8",
    "attention/dtype:f16/heads:4/kv_heads:2/q:17/kv:70/d:96/kv_dtype:s8",
    "attention/dtype:bf16/heads:4/kv_heads:2/q:17/kv:70/d:128/causal:1/kv_dtype:s8",
    "attention/dtype:bf16/batch:2/heads:8/kv_heads:2/q:1/kv:300/d:128/causal:1",
};

// Just above the limit of full checks.
constexpr const char* sampled[] = {
    "matmul/dtype:f32/m:97/n:647/k:1153",
    "matmul/dtype:f16/m:97/n:647/k:1153/layout:nn",
    "matmul/dtype:bf16/m:97/n:647/k:1153/epilogue:bias",
    "matmul/dtype:bf16/m:97/n:647/k:1153/epilogue:gelu",
    "matmul/dtype:s8/m:97/n:647/k:1153",
    "matmul/dtype:s8/m:97/n:647/k:1153/out:s32",
    "matmul/dtype:u8/m:49/n:647/k:1153/out:bf16/batch:2",
    "matmul/dtype:f32/m:97/n:647/k:1152/weights:s8/group:128/zero_points:u8",
    "matmul/dtype:f16/m:97/n:647/k:1152/weights:u4/group:32/zero_points:u4",
    "matmul/dtype:bf16/m:97/n:647/k:1152/weights:s4/group:64",
    "attention/dtype:f32/heads:8/kv_heads:2/q:330/kv:330/d:80/causal:1",
    "attention/dtype:f16/batch:2/heads:4/kv_heads:2/q:250/kv:330/d:80",
    "attention/dtype:bf16/batch:2/heads:4/kv_heads:2/q:330/kv:330/d:96/causal:1",
    "attention/dtype:bf16/heads:8/kv_heads:4/q:330/kv:350/d:64/causal:1/kv_dtype:s8",
};

INSTANTIATE_TEST_SUITE_P(Small, Mutants, testing::ValuesIn(small));
INSTANTIATE_TEST_SUITE_P(Sampled, Mutants, testing::ValuesIn(sampled));

// Implementations of many kinds: order and blocking of the sums, roundings that are allowed or not
// made, parts that are merged.
std::vector<Implementation> right_ones() {
  return {{},
          {.block = 64},
          {.backward = true, .splits = 3},
          {.block = 8, .round = false},
          {.block = 1, .splits = 5},
          {.block = 256, .backward = true, .round = false, .splits = 2}};
}

void expect_right(const std::string& name, std::uint64_t from) {
  const Problem problem = parse_problem(name);
  const HostTensors tensors(problem, from);
  const Checker checker(problem, tensors.inputs(), from + 1);
  for (const Implementation& how : right_ones()) {
    run(problem, tensors.inputs(), how, tensors.output());
    const CheckResult result = checker.check(tensors.output());
    EXPECT_TRUE(result.passed) << name << " block " << how.block << ": " << result.reason;
  }
}

TEST(RightImplementations, PassOnRandomShapes) {
  std::uint64_t from = 100;
  for (const std::string& name : random_shapes(5, 300)) expect_right(name, ++from);
}

TEST(RightImplementations, PassOnConformanceShapes) {
  for (const std::string& name : conformance_shapes()) expect_right(name, 31);
}

// Where tolerances grow with the number of terms.
TEST(RightImplementations, PassWithManyTerms) {
  for (const char* name : {
           "matmul/dtype:f32/m:2/n:40/k:28672",
           "matmul/dtype:f16/m:2/n:40/k:28672",
           "matmul/dtype:bf16/m:2/n:40/k:28672/out:f32",
           "matmul/dtype:s8/m:2/n:40/k:28672",
           "matmul/dtype:u8/m:2/n:40/k:28672/out:s32",
           "matmul/dtype:f16/m:2/n:40/k:28672/weights:s8/zero_points:u8",
           "matmul/dtype:bf16/m:2/n:40/k:28672/weights:u4/group:32/zero_points:u8",
           "attention/dtype:f32/heads:2/q:9/kv:8191/d:64/causal:1",
           "attention/dtype:f16/heads:2/q:9/kv:8191/d:64",
           "attention/dtype:bf16/heads:2/q:9/kv:8191/d:64/kv_dtype:s8",
           "attention/dtype:bf16/heads:1/q:16/kv:70/d:2",
           "attention/dtype:f16/heads:1/q:16/kv:70/d:1",
           "attention/dtype:f32/heads:1/q:16/kv:70/d:1",
       }) {
    expect_right(name, 77);
  }
}

// What no tolerance that grows like the number of terms would see.
TEST(DroppedTerm, OneOfManyIsCaught) {
  for (const char* name :
       {"matmul/dtype:f32/m:2/n:40/k:28672", "matmul/dtype:f16/m:2/n:40/k:28672",
        "matmul/dtype:bf16/m:2/n:40/k:28672", "matmul/dtype:s8/m:2/n:40/k:28672/out:bf16",
        "matmul/dtype:f32/m:2/n:40/k:28672/weights:s8",
        "matmul/dtype:f16/m:2/n:40/k:28672/weights:u4/zero_points:u8",
        "matmul/dtype:bf16/m:2/n:40/k:28672/weights:s4/group:32"}) {
    const Problem problem = parse_problem(name);
    const HostTensors tensors(problem, seed);
    const Checker checker(problem, tensors.inputs(), seed + 1);
    run(problem, tensors.inputs(), {.fault = Fault::last_k_dropped}, tensors.output());
    EXPECT_FALSE(checker.check(tensors.output()).passed) << name;
  }
}

}  // namespace
}  // namespace assay
