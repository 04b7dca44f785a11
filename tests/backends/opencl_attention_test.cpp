// What attention's kernels find hard, on the OpenCL devices that are here or on the platform that
// ASSAY_TEST_PLATFORM names: many blocks and runs of keys, few rows, rows that see nothing, logits
// far from zero.
#include <gmock/gmock.h>

#include <cstdlib>

#include "backends/opencl/opencl.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

class OpenclAttention : public testing::Test {
 protected:
  void SetUp() override {
    const char* wanted = std::getenv("ASSAY_TEST_PLATFORM");
    for (const std::string& part : backend_->parts()) {
      for (const DeviceInfo& info : backend_->enumerate(part).devices) {
        if (wanted != nullptr && info.platform.find(wanted) == std::string::npos) continue;
        devices_.push_back(backend_->open(info.ordinal));
      }
    }
    if (devices_.empty())
      ASSAY_MISSING(wanted_platform_thing(), "no device of the wanted OpenCL platform");
  }

  void expect_all_conform(const std::vector<std::string>& problems,
                          std::string_view variant) const {
    for (const auto& device : devices_) {
      for (const std::string& name : problems) {
        const Conformance result = conform(*device, parse_problem(name), variant);
        EXPECT_TRUE(result.supported && result.passed)
            << name << " " << variant << " on " << device->info().name << ": " << result.reason;
      }
    }
  }

  std::unique_ptr<Backend> backend_ = make_opencl();
  std::vector<std::unique_ptr<Device>> devices_;
};

TEST_F(OpenclAttention, ManyBlocksOfKeysAndQueries) {
  const std::vector<std::string> problems = {
      "attention/dtype:f32/heads:7/kv_heads:1/q:61/kv:200/d:96/causal:1",
      "attention/dtype:bf16/heads:8/kv_heads:1/q:40/kv:193/d:80/causal:1",
      "attention/dtype:bf16/heads:2/q:130/kv:131/d:33/causal:1",
      "attention/dtype:f16/heads:4/kv_heads:2/q:70/kv:70/d:72",
      "attention/dtype:bf16/heads:4/kv_heads:1/q:33/kv:150/d:64/kv_dtype:s8/causal:1",
  };
  expect_all_conform(problems, "packed");
  expect_all_conform(problems, "tiled");
}

TEST_F(OpenclAttention, FewRowsOverSeveralRuns) {
  const std::vector<std::string> problems = {
      "attention/dtype:f32/heads:1/q:1/kv:2500/d:64",
      "attention/dtype:bf16/heads:14/kv_heads:2/q:1/kv:1777/d:80",
      "attention/dtype:bf16/heads:16/kv_heads:2/q:1/kv:1333/d:128",
      "attention/dtype:f16/heads:8/kv_heads:1/q:2/kv:1100/d:40/causal:1",
      "attention/dtype:f32/heads:1/q:13/kv:1601/d:128/causal:1",
      "attention/dtype:f32/heads:24/kv_heads:8/q:1/kv:1101/d:72",
      "attention/dtype:f16/heads:2/q:1/kv:300/d:33",
      "attention/dtype:bf16/heads:4/kv_heads:1/q:1/kv:1500/d:256/kv_dtype:s8",
      "attention/dtype:f16/heads:6/kv_heads:2/q:3/kv:333/d:80/kv_dtype:s8/causal:1",
  };
  expect_all_conform(problems, "");
  expect_all_conform(problems, "tiled");
}

// Keys and values of bf16 as pairs, where there is an instruction for them: each number of rows that are
// taken together, odd numbers of keys, whole vectors of pairs and what isn't.
TEST_F(OpenclAttention, FewRowsOverPairs) {
  expect_all_conform(
      {
          "attention/dtype:bf16/heads:1/q:1/kv:2501/d:64",
          "attention/dtype:bf16/heads:4/kv_heads:2/q:1/kv:999/d:96",
          "attention/dtype:bf16/batch:2/heads:12/kv_heads:3/q:1/kv:1025/d:256",
          "attention/dtype:bf16/heads:7/kv_heads:1/q:1/kv:1303/d:128",
          "attention/dtype:bf16/heads:2/kv_heads:1/q:5/kv:701/d:32/causal:1",
          "attention/dtype:bf16/heads:4/kv_heads:1/q:1/kv:1101/d:48",
          "attention/dtype:bf16/heads:4/kv_heads:1/q:1/kv:1/d:64",
          "attention/dtype:bf16/heads:8/kv_heads:2/q:3/kv:2/d:128/causal:1",
      },
      "");
}

// The kernel of matrix instructions, without them where there are none.
TEST_F(OpenclAttention, ByFragments) {
  expect_all_conform(
      {
          "attention/dtype:bf16/heads:4/kv_heads:2/q:40/kv:75/d:64/causal:1",
          "attention/dtype:f16/heads:7/kv_heads:1/q:3/kv:40/d:80/causal:1",
          "attention/dtype:bf16/heads:2/q:70/kv:33/d:128/causal:1",
          "attention/dtype:f16/heads:1/q:1/kv:1/d:8",
          "attention/dtype:f16/batch:2/heads:8/kv_heads:2/q:131/kv:131/d:40/causal:1",
          "attention/dtype:bf16/heads:5/kv_heads:5/q:150/kv:97/d:96",
          "attention/dtype:bf16/heads:2/kv_heads:1/q:70/kv:100/d:256/causal:1",
      },
      "fragment");
  for (const char* variant : {"fragment-1x16", "fragment-2x16", "fragment-2x64"}) {
    expect_all_conform({"attention/dtype:f16/batch:2/heads:8/kv_heads:2/q:71/kv:90/d:64/causal:1",
                        "attention/dtype:bf16/heads:2/kv_heads:1/q:40/kv:33/d:96"},
                       variant);
  }
}

TEST_F(OpenclAttention, RowsThatSeeNothing) {
  const std::vector<std::string> problems = {
      "attention/dtype:f32/heads:2/kv_heads:1/q:140/kv:70/d:64/causal:1",
      "attention/dtype:bf16/heads:1/q:15/kv:3/d:64/causal:1",
  };
  expect_all_conform(problems, "packed");
  expect_all_conform(problems, "tiled");
}

// The problem's own queries that many times as long.
Edit longer_queries(double factor) {
  return [factor](const Problem& problem, TensorData tensors) {
    const TensorSpec& q = problem.tensors.front();
    for (std::int64_t i = 0; i < q.elements(); ++i) {
      store(q.dtype, tensors[0].data(), i, load(q.dtype, tensors[0].data(), i) * factor);
    }
  };
}

// Logits reach +-80, and numbers whose rounding errors are larger than that.
TEST_F(OpenclAttention, LogitsFarFromZero) {
  for (const auto& device : devices_) {
    const bool threads = device->info().cpu && !device->info().software;
    for (const double factor : {20.0, 1e8, 1e12}) {
      // Matrix instructions' softmax isn't made for the largest.
      if (factor > 20 && !threads) continue;
      for (const char* name : {
               "attention/dtype:f32/heads:2/q:70/kv:150/d:64/causal:1",
               "attention/dtype:bf16/heads:2/q:70/kv:150/d:64/causal:1",
               "attention/dtype:f32/heads:4/kv_heads:1/q:1/kv:1200/d:64",
               "attention/dtype:bf16/heads:4/kv_heads:1/q:1/kv:1201/d:64",
               "attention/dtype:f16/heads:1/q:9/kv:90/d:128",
           }) {
        const Problem problem = parse_problem(name);
        if (factor > 20 && problem.dtype() == DType::f16) continue;
        const CheckResult result = check_edited(*device, problem, "", longer_queries(factor));
        EXPECT_TRUE(result.passed)
            << name << " x " << factor << " on " << device->info().name << ": " << result.reason;
      }
    }
  }
}

}  // namespace
}  // namespace assay
