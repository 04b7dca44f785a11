#include "backends/opencl/opencl.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "backends/host.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/backends/opencl_check.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::string_view variants[] = {"packed", "tiled"};

class OpenclDevices : public testing::Test {
 protected:
  void SetUp() override {
    if (devices_.empty()) GTEST_SKIP() << "no OpenCL device of the wanted platform";
  }
  void expect_all_right(std::span<const std::string_view> problems) const {
    for (const auto& device : devices_) {
      for (const std::string_view problem : problems) {
        for (const std::string_view variant : variants) expect_right(*device, problem, variant);
      }
    }
  }
  std::unique_ptr<Backend> backend_ = make_opencl();
  std::vector<std::unique_ptr<Device>> devices_ = test_devices(*backend_);
};

// Few and small: also run on implementations that are slow.
TEST_F(OpenclDevices, AgreeOnSmallProblems) {
  constexpr std::string_view problems[] = {
      "matmul/dtype:f32/m:5/n:37/k:19",
      "matmul/dtype:bf16/m:17/n:33/k:66/epilogue:bias_gelu",
      "matmul/dtype:u8/m:3/n:40/k:300",
      "matmul/dtype:f16/m:2/n:5/k:32/weights:s4/group:16",
      "attention/dtype:f32/heads:4/kv_heads:2/q:5/kv:40/d:20/causal:1",
      "attention/dtype:f16/heads:2/q:17/kv:9/d:64/causal:1",
      "attention/dtype:bf16/heads:2/q:1/kv:70/d:80/kv_dtype:s8",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, MultiplyAwkwardSizes) {
  constexpr std::string_view problems[] = {
      "matmul/dtype:f32/m:1/n:1/k:1",       "matmul/dtype:f32/m:1/n:1000/k:777",
      "matmul/dtype:f32/m:7/n:65/k:257",    "matmul/dtype:f32/m:65/n:31/k:513",
      "matmul/dtype:f32/m:129/n:300/k:64",  "matmul/dtype:f16/m:9/n:33/k:255",
      "matmul/dtype:bf16/m:64/n:256/k:256", "matmul/dtype:bf16/m:33/n:17/k:1025/out:f32",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, MultiplyEveryLayout) {
  constexpr std::string_view problems[] = {
      "matmul/dtype:f32/m:19/n:45/k:70/layout:nn",
      "matmul/dtype:f32/m:19/n:45/k:70/layout:tn",
      "matmul/dtype:bf16/m:19/n:45/k:70/layout:tn/batch:3",
      "matmul/dtype:f16/m:4/n:45/k:70/layout:nn/constant:0",
      "matmul/dtype:f32/m:12/n:45/k:70/batch:2/constant:0",
      "matmul/dtype:s8/m:12/n:45/k:70/batch:2/layout:nn/constant:0",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, MultiplyIntegersExactly) {
  constexpr std::string_view problems[] = {
      "matmul/dtype:s8/m:9/n:70/k:1500/out:s32",
      "matmul/dtype:u8/m:20/n:35/k:3000/out:s32",
      "matmul/dtype:u8/m:1/n:35/k:4097/out:s32/layout:tn",
      "matmul/dtype:s8/m:9/n:70/k:500/out:bf16/epilogue:bias/batch:2",
      "matmul/dtype:u8/m:9/n:70/k:500/epilogue:bias_silu",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, MultiplyQuantisedWeights) {
  constexpr std::string_view problems[] = {
      "matmul/dtype:f32/m:3/n:50/k:96/weights:s8",
      "matmul/dtype:bf16/m:9/n:50/k:384/weights:s4/group:32",
      "matmul/dtype:f16/m:1/n:66/k:640/weights:u4/group:64/zero_points:u8",
      "matmul/dtype:f16/m:8/n:34/k:768/weights:u4/group:128/zero_points:u4/batch:2",
      "matmul/dtype:bf16/m:70/n:34/k:300/weights:s8/group:3/zero_points:u8/constant:0",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, ApplyEveryEpilogue) {
  constexpr std::string_view problems[] = {
      "matmul/dtype:f32/m:9/n:40/k:50/epilogue:bias",
      "matmul/dtype:f32/m:9/n:40/k:50/epilogue:gelu",
      "matmul/dtype:f32/m:9/n:40/k:50/epilogue:silu",
      "matmul/dtype:f16/m:9/n:40/k:50/epilogue:bias_gelu/batch:2",
      "matmul/dtype:bf16/m:9/n:40/k:50/epilogue:bias_silu",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, AttendToAwkwardSizes) {
  constexpr std::string_view problems[] = {
      "attention/dtype:f32/heads:1/q:1/kv:1/d:1",
      "attention/dtype:f32/batch:2/heads:3/q:65/kv:129/d:64",
      "attention/dtype:f32/heads:2/q:130/kv:63/d:80",
      "attention/dtype:f16/heads:2/q:16/kv:64/d:96",
      "attention/dtype:bf16/heads:2/q:33/kv:200/d:128",
      "attention/dtype:bf16/heads:1/q:10/kv:100/d:256",
      "attention/dtype:f32/heads:1/q:70/kv:70/d:256/causal:1",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, MaskBottomRight) {
  constexpr std::string_view problems[] = {
      "attention/dtype:f32/heads:2/q:200/d:64/causal:1",
      "attention/dtype:f32/heads:2/q:17/kv:300/d:32/causal:1",
      "attention/dtype:f16/heads:2/q:100/kv:40/d:64/causal:1",
      "attention/dtype:bf16/batch:2/heads:2/q:65/kv:64/d:16/causal:1",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, ShareKeysWithinGroups) {
  constexpr std::string_view problems[] = {
      "attention/dtype:f32/heads:8/kv_heads:2/q:1/kv:555/d:64",
      "attention/dtype:f32/batch:2/heads:14/kv_heads:2/q:9/kv:90/d:64/causal:1",
      "attention/dtype:bf16/heads:8/kv_heads:1/q:40/kv:70/d:128/causal:1",
      "attention/dtype:f16/heads:4/kv_heads:1/q:3/kv:500/d:64/causal:1/kv_dtype:s8",
      "attention/dtype:f32/batch:2/heads:4/kv_heads:2/q:30/kv:65/d:80/kv_dtype:s8",
  };
  expect_all_right(problems);
}

TEST_F(OpenclDevices, DescribeThemselves) {
  for (const auto& device : devices_) {
    const DeviceInfo& info = device->info();
    EXPECT_FALSE(info.name.empty());
    EXPECT_THAT(info.hardware,
                testing::AnyOf(testing::StartsWith("cpu:"), testing::StartsWith("gpu:")));
    EXPECT_GT(info.compute_units, 0);
    EXPECT_GT(info.memory_bytes, 0);
    EXPECT_GT(info.max_allocation_bytes, 0);
    EXPECT_THAT(info.dtypes, testing::IsSupersetOf({DType::f32, DType::f16, DType::bf16}));
    if (info.cpu) {
      EXPECT_EQ(info.hardware, host_device_info().hardware);
    }
  }
}

TEST_F(OpenclDevices, SayWhatTheyDoNotSupport) {
  for (const auto& device : devices_) {
    const auto reason = [&](const char* problem, const char* variant) {
      return device->supports(parse_problem(problem), variant).reason;
    };
    EXPECT_THAT(reason("matmul/dtype:f32/m:1/n:1/k:1", "fast"), HasSubstr("no variant 'fast'"));
    EXPECT_THAT(reason("attention/dtype:f32/heads:1/q:1/d:257", ""), HasSubstr("d:257"));
    EXPECT_THAT(reason("matmul/dtype:f32/m:2000000/n:1/k:2000000", ""),
                HasSubstr("tensor a needs"));
  }
}

}  // namespace
}  // namespace assay
