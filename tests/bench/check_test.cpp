#include "bench/check.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

TEST(Checker, SaysWhichElementIsWrong) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:3/n:4/k:5/batch:2");
  const HostTensors tensors(problem, 1);
  const Checker checker(problem, tensors.inputs(), 2);
  run(problem, tensors.inputs(), {}, tensors.output());
  const double right = load(DType::f32, tensors.output().data(), 17);
  store(DType::f32, tensors.output().data(), 17, right + 0.5);
  const CheckResult result = checker.check(tensors.output());
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.checked, "full");
  EXPECT_EQ(result.worst_index, 17);
  EXPECT_NEAR(result.max_abs_error, 0.5, 1e-5);
  EXPECT_THAT(result.reason, HasSubstr("out[1,1,1] is "));
}

TEST(Checker, SaysWhatIsNotWrittenOrNotFinite) {
  for (const char* name :
       {"matmul/dtype:f32/m:3/n:4/k:5", "matmul/dtype:f16/m:3/n:4/k:5",
        "matmul/dtype:bf16/m:3/n:4/k:5", "matmul/dtype:s8/m:3/n:4/k:5/out:s32"}) {
    const Problem problem = parse_problem(name);
    const HostTensors tensors(problem, 1);
    const Checker checker(problem, tensors.inputs(), 2);
    EXPECT_THAT(checker.check(tensors.output()).reason, HasSubstr("out[0,0] was not written"));
    run(problem, tensors.inputs(), {}, tensors.output());
    EXPECT_TRUE(checker.check(tensors.output()).passed);
    if (!is_float(problem.output().dtype)) continue;
    store(problem.output().dtype, tensors.output().data(), 6,
          std::numeric_limits<double>::infinity());
    EXPECT_THAT(checker.check(tensors.output()).reason, HasSubstr("out[1,2] is inf"));
    store(problem.output().dtype, tensors.output().data(), 6, std::nan(""));
    const CheckResult result = checker.check(tensors.output());
    EXPECT_THAT(result.reason, HasSubstr("out[1,2] is nan"));
    EXPECT_TRUE(std::isfinite(result.error));
  }
}

// The scan covers what a sample may miss.
TEST(Checker, FindsOneUnwrittenElementOfManyAnywhere) {
  const Problem problem = parse_problem("attention/dtype:bf16/heads:4/q:350/d:128");
  const HostTensors tensors(problem, 1);
  const Checker checker(problem, tensors.inputs(), 2);
  run(problem, tensors.inputs(), {}, tensors.output());
  const CheckResult right = checker.check(tensors.output());
  EXPECT_TRUE(right.passed) << right.reason;
  EXPECT_THAT(right.checked, testing::StartsWith("sampled("));
  poison(tensors.output().subspan(2 * 123456, 2), DType::bf16);
  EXPECT_EQ(checker.check(tensors.output()).worst_index, 123456);
}

// In a row that no sample looks at; far fewer rows are sampled than there are.
TEST(Checker, FindsOneFiniteElementOutsideItsBoundsAnywhere) {
  for (const char* name :
       {"attention/dtype:f32/batch:2/heads:4/kv_heads:2/q:300/d:128/causal:1",
        "attention/dtype:bf16/heads:8/kv_heads:1/q:270/kv:256/d:64/kv_dtype:s8"}) {
    const Problem problem = parse_problem(name);
    const HostTensors tensors(problem, 1);
    const Checker checker(problem, tensors.inputs(), 2);
    run(problem, tensors.inputs(), {}, tensors.output());
    const CheckResult right = checker.check(tensors.output());
    ASSERT_TRUE(right.passed) << name << ": " << right.reason;
    ASSERT_THAT(right.checked, testing::EndsWith("+bounds")) << name;
    const std::int64_t elements = problem.output().elements();
    for (const std::int64_t at : {elements / 7, elements / 3, elements / 5 * 4}) {
      const DType dtype = problem.output().dtype;
      const double value = load(dtype, tensors.output().data(), at);
      for (const double wrong : {-20.0, 20.0}) {
        store(dtype, tensors.output().data(), at, wrong);
        const CheckResult result = checker.check(tensors.output());
        EXPECT_FALSE(result.passed) << name << " at " << at;
        EXPECT_EQ(result.worst_index, at) << name;
      }
      store(dtype, tensors.output().data(), at, value);
    }
  }
}

TEST(Checker, NamesTheMethod) {
  const auto checked = [](const char* name) {
    const Problem problem = parse_problem(name);
    const HostTensors tensors(problem, 1);
    run(problem, tensors.inputs(), {}, tensors.output());
    return Checker(problem, tensors.inputs(), 2).check(tensors.output()).checked;
  };
  EXPECT_EQ(checked("matmul/dtype:f32/m:8/n:64/k:64"), "full");
  EXPECT_EQ(checked("matmul/dtype:bf16/m:8/n:4096/k:2049"), "sampled(4096)+freivalds");
  EXPECT_EQ(checked("matmul/dtype:bf16/m:8/n:4096/k:2049/epilogue:silu"), "sampled(4096)");
}

TEST(Checker, AnOutputOfTheWrongSizeIsABug) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:3/n:4/k:5");
  const HostTensors tensors(problem, 1);
  const Checker checker(problem, tensors.inputs(), 2);
  EXPECT_THROW((void)checker.check(tensors.output().first(8)), Error);
}

}  // namespace
}  // namespace assay
