// CLBlast's products on the OpenCL devices that are here.
#include "backends/clblast/clblast.hpp"

#include <gmock/gmock.h>

#include "backends/clblast/library.hpp"
#include "backends/list.hpp"
#include "backends/opencl/opencl.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<DeviceInfo> all_devices(Backend& backend) {
  std::vector<DeviceInfo> devices;
  for (const std::string& part : backend.parts()) {
    for (DeviceInfo& info : backend.enumerate(part).devices) devices.push_back(std::move(info));
  }
  return devices;
}

class Clblast : public testing::Test {
 protected:
  void SetUp() override {
    const std::string& failure = clblast::library().failure;
    if (!failure.empty()) ASSAY_MISSING("clblast", failure);
    infos_ = all_devices(*backend_);
    if (infos_.empty()) ASSAY_MISSING("pocl", "no OpenCL device");
  }

  std::unique_ptr<Backend> backend_ = make_clblast();
  std::vector<DeviceInfo> infos_;
};

TEST_F(Clblast, HasTheDevicesOfOpencl) {
  const auto others = all_devices(*make_opencl());
  ASSERT_EQ(infos_.size(), others.size());
  for (std::size_t i = 0; i < infos_.size(); ++i) {
    EXPECT_EQ(infos_[i].ordinal, others[i].ordinal);
    EXPECT_EQ(infos_[i].hardware, others[i].hardware);
    EXPECT_THAT(infos_[i].platform, StartsWith("CLBlast"));
    EXPECT_THAT(infos_[i].platform, HasSubstr(others[i].platform));
  }
}

TEST_F(Clblast, Conforms) {
  for (const DeviceInfo& info : infos_) {
    const auto device = backend_->open(info.ordinal);
    for (const char* problem : {
             "matmul/dtype:f32/m:17/n:33/k:66",
             "matmul/dtype:f32/m:33/n:65/k:129/layout:tn",
             "matmul/dtype:f32/m:65/n:33/k:17/layout:nn",
             "matmul/dtype:f32/m:1/n:129/k:257",
             "matmul/dtype:f32/m:1/n:129/k:70/layout:nn",
             "matmul/dtype:f32/m:1/n:31/k:70/layout:tn",
             "matmul/dtype:f32/m:11/n:19/k:23/batch:3",
             "matmul/dtype:f32/m:5/n:37/k:64/batch:3/layout:tn/constant:0",
             "matmul/dtype:f32/m:200/n:310/k:270",
         }) {
      const Conformance result = conform(*device, parse_problem(problem));
      EXPECT_TRUE(result.supported && result.passed)
          << problem << " on " << info.name << ": " << result.reason;
    }
  }
}

TEST_F(Clblast, SaysWhatItDoesNotSupport) {
  const auto device = backend_->open(infos_.front().ordinal);
  const auto reason = [&](const char* problem, const char* variant = "") {
    return device->supports(parse_problem(problem), variant).reason;
  };
  EXPECT_THAT(reason("attention/dtype:f32/heads:1/q:1/d:64"), HasSubstr("no attention"));
  EXPECT_THAT(reason("matmul/dtype:bf16/m:4/n:4/k:4"), HasSubstr("not bf16"));
  EXPECT_THAT(reason("matmul/dtype:f16/m:4/n:4/k:4/out:f32"), HasSubstr("inputs' dtype"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:4/n:4/k:4/epilogue:gelu"), HasSubstr("epilogues"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:4/n:4/k:4/weights:s8"), HasSubstr("weight-only"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:4/n:4/k:4", "fast"), HasSubstr("variant 'fast'"));
}

TEST(ClblastLibrary, SaysWhatIsMissing) {
  EXPECT_THAT(clblast::open_library("libno-clblast.so").failure,
              StartsWith("no CLBlast: libno-clblast.so"));
  EXPECT_THAT(clblast::open_library("libc.so.6").failure, HasSubstr("lacks CLBlastSgemm"));
}

TEST(ClblastLibrary, IsNotPartOfARunThatNamesNoDevice) {
  const BackendEntry* entry = find_backend("clblast");
  ASSERT_NE(entry, nullptr);
  EXPECT_FALSE(entry->by_default);
}

TEST(ClblastLibrary, ErrorsAreNamed) {
  EXPECT_NO_THROW(clblast::check(CLBlastSuccess, "f"));
  EXPECT_THAT([] { clblast::check(CLBlastInvalidLeadDimA, "CLBlast's GEMM"); },
              testing::ThrowsMessage<Error>(HasSubstr("-1016 in CLBlast's GEMM")));
  EXPECT_THAT([] { clblast::check(CLBlastOpenCLOutOfResources, "CLBlast's GEMM"); },
              testing::ThrowsMessage<Error>(HasSubstr("CL_OUT_OF_RESOURCES (-5)")));
}

}  // namespace
}  // namespace assay
