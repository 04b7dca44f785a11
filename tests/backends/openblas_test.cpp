#include "backends/openblas/openblas.hpp"

#include <gmock/gmock.h>

#include <string>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Openblas : public testing::Test {
 protected:
  void SetUp() override {
    const Enumeration found = backend_->enumerate("");
    if (found.devices.empty()) ASSAY_MISSING("openblas", found.unavailable.front());
    device_ = backend_->open("0");
  }
  std::unique_ptr<Backend> backend_ = make_openblas();
  std::unique_ptr<Device> device_;
};

TEST_F(Openblas, Conforms) {
  int supported = 0;
  for (const std::string& name : conformance_shapes()) {
    const Problem problem = parse_problem(name);
    if (!device_->supports(problem, "")) continue;
    ++supported;
    expect_conforms(*device_, problem);
  }
  EXPECT_GT(supported, 8);
}

TEST_F(Openblas, OneRowOfEveryLayout) {
  for (const char* layout : {"nt", "nn", "tn"}) {
    const Problem problem =
        parse_problem("matmul/dtype:f32/m:1/n:65/k:33/batch:2/layout:" + std::string(layout));
    ASSERT_TRUE(device_->supports(problem, ""));
    expect_conforms(*device_, problem);
    EXPECT_THAT(device_->prepare(problem, "")->implementation(), StartsWith("sgemv:"));
  }
}

TEST_F(Openblas, SaysWhatItDoesNotHave) {
  const auto reason = [&](const std::string& name, std::string_view variant = "") {
    return device_->supports(parse_problem(name), variant).reason;
  };
  EXPECT_THAT(reason("matmul/dtype:bf16/m:8/n:8/k:8"), HasSubstr("f32 by f32 only"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:8/n:8/k:8/weights:s8"), HasSubstr("f32 by f32 only"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:8/n:8/k:8/epilogue:bias"), HasSubstr("no epilogue"));
  EXPECT_THAT(reason("attention/dtype:f32/heads:1/q:1/d:8"), HasSubstr("no attention"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:8/n:8/k:8", "gemv"), HasSubstr("no variant 'gemv'"));
  EXPECT_THROW((void)backend_->open("1"), Error);
}

// Where the library is missing there is a reason that names it.
TEST(OpenblasMissing, IsAReason) {
  ASSERT_EQ(setenv("ASSAY_OPENBLAS", "/nonexistent/libopenblas.so", 1), 0);
  const Enumeration found = make_openblas()->enumerate("");
  EXPECT_EQ(unsetenv("ASSAY_OPENBLAS"), 0);
  EXPECT_THAT(found.devices, IsEmpty());
  EXPECT_THAT(found.unavailable, ElementsAre(HasSubstr("/nonexistent/libopenblas.so")));
}

}  // namespace
}  // namespace assay
