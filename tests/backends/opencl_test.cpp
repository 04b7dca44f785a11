// Conformance of every OpenCL device present, or of those on the platform that ASSAY_TEST_PLATFORM
// names.
#include "backends/opencl/opencl.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <tuple>

#include "backends/host.hpp"
#include "backends/opencl/instruction_path.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;

std::vector<std::unique_ptr<Device>> wanted_devices(Backend& backend) {
  const char* wanted = std::getenv("ASSAY_TEST_PLATFORM");
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& part : backend.parts()) {
    for (const DeviceInfo& info : backend.enumerate(part).devices) {
      if (wanted != nullptr && info.platform.find(wanted) == std::string::npos) continue;
      devices.push_back(backend.open(info.ordinal));
    }
  }
  return devices;
}

class OpenclDevices : public testing::Test {
 protected:
  void SetUp() override {
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
  std::vector<std::unique_ptr<Device>> devices_ = wanted_devices(*backend_);
};

TEST_F(OpenclDevices, Conform) { expect_all_conform(conformance_shapes(), ""); }

TEST_F(OpenclDevices, ConformOnSmallShapes) { expect_all_conform(sanitize_shapes(), ""); }

TEST_F(OpenclDevices, ConformOnRandomShapes) { expect_all_conform(random_shapes(7, 40), ""); }

// Several tiles of every kind in each work-item, which small shapes never have.
TEST_F(OpenclDevices, ConformOnManyTiles) {
  const std::vector<std::string> problems = {
      "matmul/dtype:f32/m:130/n:600/k:300/batch:3",
      "matmul/dtype:bf16/m:521/n:259/k:520/epilogue:bias",
      "matmul/dtype:u8/m:70/n:520/k:3000/batch:4/out:s32",
      "matmul/dtype:f16/m:130/n:600/k:384/batch:3/weights:u4/group:96/zero_points:u8",
      "attention/dtype:f32/batch:2/heads:8/kv_heads:4/q:150/kv:333/d:80/causal:1",
      "attention/dtype:bf16/heads:8/q:300/kv:190/d:256/causal:1",
  };
  expect_all_conform(problems, "packed");
  expect_all_conform(problems, "tiled");
}

// Configurations that the tuner may choose, and shapes that cut them in the middle.
TEST_F(OpenclDevices, ConformInEveryConfiguration) {
  const std::vector<std::string> problems = {
      "matmul/dtype:f32/m:130/n:270/k:300/batch:2",
      "matmul/dtype:bf16/m:33/n:129/k:515/epilogue:bias",
      "matmul/dtype:s8/m:97/n:100/k:2050/out:s32",
      "matmul/dtype:bf16/m:40/n:96/k:384/weights:s4/group:96/zero_points:u8",
  };
  for (const char* variant : {"packed-12x2-96x256-512", "packed-4x4-64x128-64",
                              "packed-14x1-140x64-1024", "tiled-64x128x8-8x8"}) {
    expect_all_conform(problems, variant);
  }
}

// k split over work-groups, and every path that few rows take.
TEST_F(OpenclDevices, ConformWhereKIsSplit) {
  const std::vector<std::string> problems = {
      "matmul/dtype:f32/m:1/n:16/k:6001",
      "matmul/dtype:f16/m:4/n:7/k:5000/epilogue:bias_gelu",
      "matmul/dtype:s8/m:3/n:20/k:4100/batch:2/out:s32",
      "matmul/dtype:s8/m:20/n:16/k:4100",
      "matmul/dtype:bf16/m:2/n:16/k:4096/weights:s4/group:128",
      "matmul/dtype:f32/m:33/n:16/k:4096/weights:u4/group:64/zero_points:u4",
  };
  expect_all_conform(problems, "packed");
  expect_all_conform(problems, "tiled");
}

// Few rows on lanes: units that k or a group of weights cuts, rows between the kernels' numbers of them,
// every way of packing.
TEST_F(OpenclDevices, ConformOnFewRowsOfLanes) {
  expect_all_conform(
      {
          "matmul/dtype:f32/m:2/n:300/k:777/layout:nn",
          "matmul/dtype:bf16/m:13/n:133/k:1999/layout:tn",
          "matmul/dtype:f16/m:5/n:264/k:2056/epilogue:bias_gelu",
          "matmul/dtype:s8/m:4/n:260/k:2052/layout:tn",
          "matmul/dtype:u8/m:7/n:100/k:999/out:s32",
          "matmul/dtype:f16/m:4/n:100/k:1024/weights:s8/group:32/zero_points:u8",
          "matmul/dtype:f32/m:9/n:70/k:480/weights:s8/group:24",
          "matmul/dtype:bf16/m:1/n:300/k:2048/weights:u4/group:128/zero_points:u4",
          "matmul/dtype:f16/m:3/n:100/k:96/weights:s4/group:96",
          "matmul/dtype:f32/m:8/n:100/k:512/weights:u4/group:64",
          "matmul/dtype:bf16/m:16/n:100/k:144/weights:u4/group:16/zero_points:u4",
          "matmul/dtype:f32/m:3/n:100/k:90/weights:u4/group:6/zero_points:u4/constant:0",
      },
      "tiled");
}

// The tiles of matrix instructions, on devices that have none: all but the instruction itself.
TEST_F(OpenclDevices, ConformInFragments) {
  expect_all_conform(
      {
          "matmul/dtype:f16/m:130/n:300/k:300/batch:2",
          "matmul/dtype:bf16/m:200/n:129/k:65/epilogue:bias_silu/layout:nn",
          "matmul/dtype:bf16/m:7/n:40/k:4096/layout:tn",
          "matmul/dtype:s8/m:70/n:520/k:3000/out:s32",
          "matmul/dtype:s8/m:33/n:64/k:128/constant:0",
      },
      "fragment");
  for (const char* variant : {"fragment-64x128-1x2-2", "fragment-128x64-2x2-3"}) {
    expect_all_conform(
        {"matmul/dtype:f16/m:130/n:300/k:300/batch:2", "matmul/dtype:s8/m:70/n:520/k:1000/out:s32"},
        variant);
  }
  std::vector<std::string> chains;
  for (const char* dtype : {"f16", "bf16", "s8"}) {
    for (const char* layout : {"", "/accumulators:3/units:2"}) {
      chains.push_back("alu/dtype:" + std::string(dtype) + "/path:matrix/chains:7001/steps:34" +
                       layout);
    }
  }
  expect_all_conform(chains, "fragment");
}

// The family of kernels that is not the device's own.
TEST_F(OpenclDevices, ConformInBothFamilies) {
  std::vector<std::string> problems = sanitize_shapes();
  for (const std::string& name : random_shapes(8, 30)) problems.push_back(name);
  expect_all_conform(problems, "packed");
  expect_all_conform(problems, "tiled");
}

TEST_F(OpenclDevices, ConformWhereDequantisedInEveryCall) {
  const std::vector<std::string> problems = {
      "matmul/dtype:f32/m:9/n:40/k:90/weights:u4/group:6/zero_points:u4/constant:0",
      "matmul/dtype:bf16/m:1/n:70/k:64/weights:s8/batch:2/constant:0",
  };
  expect_all_conform(problems, "packed");
}

TEST_F(OpenclDevices, SubtractZeroPointsExactly) {
  for (const auto& device : devices_) {
    expect_exact_zero_points(*device, "", {1, 3});
    expect_exact_zero_points(*device, "tiled", {3, 9});
  }
}

TEST_F(OpenclDevices, ChainsAndStreamsConform) {
  std::vector<std::string> problems, problems_of_some;
  for (const char* layout : {"", "/accumulators:1/width:2", "/accumulators:3/width:2/units:5",
                             "/accumulators:3/width:16/units:1", "/accumulators:8/width:4/items:4",
                             "/loads:1", "/loads:1/accumulators:5/width:8/items:2"}) {
    problems.push_back(std::string("alu/dtype:f32/path:fma/chains:1001/steps:66") + layout);
  }
  for (const char* layout : {"", "/accumulators:3/width:4/units:5"}) {
    problems_of_some.push_back(std::string("alu/dtype:f16/path:fma/chains:1001/steps:66") + layout);
  }
  problems_of_some.emplace_back("alu/dtype:f32/path:fma/chains:1001/steps:66/width:1");
  for (const char* dot : {"bf16", "s8"}) {
    for (const char* layout : {"", "/accumulators:3/units:5", "/loads:1"}) {
      problems_of_some.push_back("alu/dtype:" + std::string(dot) +
                                 "/path:dot/chains:1001/steps:66" + layout);
    }
  }
  for (const char* op : {"read", "copy", "triad"}) {
    for (const char* rest : {"12", "49160/units:3", "196620/passes:3/items:4", "1000000"}) {
      problems.push_back(std::string("stream/op:") + op + "/bytes:" + rest);
    }
  }
  expect_all_conform(problems, "");
  for (const char* layout :
       {"49160/accumulators:1/width:2", "1000000/accumulators:2/width:8/units:3",
        "1000000/accumulators:8/width:16/passes:2", "12/accumulators:8",
        "196620/items:4/accumulators:4/width:4"}) {
    problems.push_back(std::string("stream/op:read/bytes:") + layout);
  }
  problems_of_some.emplace_back("stream/op:read/bytes:1000000/items:4/accumulators:2/width:1");
  // Where the device has an instruction for them.
  for (const auto& device : devices_) {
    for (const std::string& problem : problems_of_some) {
      const Conformance result = conform(*device, parse_problem(problem));
      EXPECT_TRUE(!result.supported || result.passed)
          << problem << " on " << device->info().name << ": " << result.reason;
    }
  }
}

// What a kernel may say that it multiplies with has a ceiling: chains of the same instruction.
TEST_F(OpenclDevices, HaveChainsForEveryInstructionThatWorks) {
  for (const auto& device : devices_) {
    for (const auto& [name, verdict] : device->probe()) {
      if (verdict != "works") continue;
      const auto path = std::ranges::find_if(
          opencl::instruction_paths(), [&](const opencl::InstructionPath& each) {
            return std::string(each.name) + " " + std::string(assay::name(each.dtype)) == name;
          });
      ASSERT_NE(path, opencl::instruction_paths().end()) << name;
      const std::string word = opencl::ceiling_path(&*path);
      const std::size_t dot = word.find('.');
      const std::string problem = "alu/dtype:" + word.substr(0, dot) +
                                  "/path:" + word.substr(dot + 1) + "/chains:24576/steps:64";
      const Support support = device->supports(parse_problem(problem), "");
      EXPECT_TRUE(support) << name << " on " << device->info().name << ": " << support.reason;
    }
  }
}

TEST_F(OpenclDevices, DescribeThemselves) {
  for (const auto& device : devices_) {
    const DeviceInfo& info = device->info();
    EXPECT_THAT(info.name, Not(IsEmpty()));
    EXPECT_THAT(info.hardware, AnyOf(StartsWith("cpu:"), StartsWith("gpu:")));
    EXPECT_GT(info.compute_units, 0);
    EXPECT_GT(info.memory_bytes, 0);
    EXPECT_GT(info.max_allocation_bytes, 0);
    EXPECT_THAT(info.dtypes, IsSupersetOf({DType::f32, DType::f16, DType::bf16}));
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

TEST_F(OpenclDevices, RefuseMoreMemoryThanThereIs) {
  for (const auto& device : devices_) {
    try {
      (void)device->allocate(std::size_t{1} << 50U);
      ADD_FAILURE() << "allocated 2^50 bytes on " << device->info().name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::memory);
      EXPECT_THAT(error.what(), HasSubstr("1125899906842624 bytes"));
    }
  }
}

TEST_F(OpenclDevices, MeasureNoMoreThanTheHostWaited) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:64/n:256/k:256");
  for (const auto& device : devices_) {
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::vector<Buffer*> tensors;
    for (const TensorSpec& spec : problem.tensors) {
      buffers.push_back(device->allocate(spec.bytes()));
      device->copy_in(*buffers.back(), std::vector<std::byte>(spec.bytes()));
      tensors.push_back(buffers.back().get());
    }
    const auto prepared = device->prepare(problem, "");
    const auto bound = prepared->bind(tensors);
    const auto queue = device->queue();
    EXPECT_EQ(queue->wait(), std::nullopt) << "nothing was submitted";
    const std::array<Bound*, 1> ring = {bound.get()};
    const auto start = std::chrono::steady_clock::now();
    queue->submit(ring, 20);
    queue->submit(ring, 1);
    const double nanoseconds = queue->wait().value_or(0);
    const std::chrono::duration<double, std::nano> waited =
        std::chrono::steady_clock::now() - start;
    EXPECT_GT(nanoseconds, 0);
    EXPECT_LE(nanoseconds, waited.count());
  }
}

// Both families, one problem at a time: small enough for a simulator.
class OpenclOneProblem : public OpenclDevices,
                         public testing::WithParamInterface<std::tuple<std::string, std::string>> {
};

TEST_P(OpenclOneProblem, Conforms) {
  const auto& [variant, problem] = GetParam();
  expect_all_conform({problem}, variant);
}

const std::vector<std::string> small_problems = {
    "matmul/dtype:f32/m:5/n:37/k:19",
    "matmul/dtype:s8/m:18/n:35/k:21/out:s32",
    "matmul/dtype:f32/m:21/n:20/k:48/weights:u4/group:24/zero_points:u8",
    "matmul/dtype:bf16/m:1/n:35/k:64/weights:s8/group:32",
    "matmul/dtype:bf16/m:17/n:33/k:66/epilogue:bias_gelu",
    "matmul/dtype:u8/m:3/n:40/k:30/batch:2/layout:tn",
    "matmul/dtype:f16/m:2/n:5/k:32/weights:s4/group:16",
    "attention/dtype:f32/heads:4/kv_heads:2/q:5/kv:40/d:20/causal:1",
    "attention/dtype:f16/heads:1/q:17/kv:9/d:64/causal:1",
    "attention/dtype:bf16/heads:2/q:1/kv:70/d:80/kv_dtype:s8",
};

INSTANTIATE_TEST_SUITE_P(Small, OpenclOneProblem,
                         testing::Combine(testing::Values(std::string("packed"),
                                                          std::string("tiled")),
                                          testing::ValuesIn(small_problems)));

TEST(Opencl, NamesTheDeviceThatIsNotThere) {
  const auto backend = make_opencl();
  for (const char* ordinal : {"", "0", "99.0", "0.99", "0.0x", "x"}) {
    EXPECT_THAT([&] { (void)backend->open(ordinal); },
                ThrowsMessage<Error>(HasSubstr("no OpenCL device '" + std::string(ordinal) + "'")));
  }
}

}  // namespace
}  // namespace assay
