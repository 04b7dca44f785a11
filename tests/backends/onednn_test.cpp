#include "backends/onednn/device.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "backends/onednn/isa.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/edited.hpp"

namespace assay {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

class Onednn : public testing::Test {
 protected:
  // A wrong answer is a failure, an unsupported problem isn't if the reason is oneDNN. Says what ran.
  std::string conforms(const std::string& name, const std::string& variant = "") {
    const Problem problem = parse_problem(name);
    if (const Support support = device_->supports(problem, variant); !support) {
      EXPECT_THAT(support.reason, AnyOf(HasSubstr("oneDNN"), HasSubstr("constant:0")));
      return {};
    }
    const Conformance conformance = conform(*device_, problem, variant);
    EXPECT_TRUE(conformance.passed) << name << "+" << variant << ": " << conformance.reason;
    return device_->prepare(problem, variant)->implementation();
  }
  std::string must_conform(const std::string& name, const std::string& variant = "") {
    const std::string implementation = conforms(name, variant);
    EXPECT_FALSE(implementation.empty()) << name << " is not supported";
    return implementation;
  }

  std::unique_ptr<Device> device_ = onednn::make_backend()->open("0");
};

TEST_F(Onednn, ConformsOnCommonShapes) {
  for (const std::string& name : conformance_shapes()) conforms(name);
}

TEST_F(Onednn, ConformsOnRandomShapes) {
  for (const std::string& name : random_shapes(3, 200)) conforms(name);
}

const std::vector<std::string>& awkward_sizes() {
  static const std::vector<std::string> sizes = {
      "m:1/n:1/k:1",   "m:1/n:257/k:67",  "m:17/n:1/k:31",
      "m:7/n:13/k:11", "m:65/n:129/k:97", "m:128/n:64/k:256",
  };
  return sizes;
}

TEST_F(Onednn, FloatMatmulOfEveryLayoutAndEpilogue) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    for (const std::string& size : awkward_sizes()) {
      for (const char* rest :
           {"", "/layout:nn", "/layout:tn", "/constant:0", "/layout:nn/constant:0",
            "/layout:tn/constant:0", "/epilogue:bias", "/epilogue:gelu", "/epilogue:silu",
            "/epilogue:bias_gelu", "/epilogue:bias_silu", "/out:f32", "/batch:3",
            "/batch:3/layout:tn/epilogue:bias", "/batch:3/constant:0/epilogue:bias_silu"}) {
        const std::string name = "matmul/dtype:" + std::string(dtype) + "/" + size + rest;
        std::string(dtype) == "f32" ? must_conform(name) : conforms(name);
      }
    }
  }
}

// f16, and bf16 on processors without instructions for it.
TEST_F(Onednn, ConvertedMatmulOfEveryLayoutAndEpilogue) {
  for (const char* dtype : {"bf16", "f16"}) {
    if (std::string(dtype) == "bf16" && onednn::has_bf16_products()) continue;
    for (const char* size :
         {"m:1/n:1/k:1", "m:7/n:13/k:11", "m:65/n:129/k:97", "m:9/n:33/k:513", "m:6/n:70/k:1280"}) {
      for (const char* rest :
           {"", "/layout:nn", "/layout:tn", "/constant:0", "/batch:3/layout:tn/epilogue:bias",
            "/batch:3/layout:nn/constant:0", "/out:f32/epilogue:gelu"}) {
        must_conform("matmul/dtype:" + std::string(dtype) + "/" + size + rest, "converted");
      }
    }
  }
}

// Deeper than any block along k.
TEST_F(Onednn, DeepMatmulOfEveryLayout) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    for (const char* size : {"m:9/n:33/k:513", "m:17/n:9/k:1280", "m:6/n:70/k:2049"}) {
      for (const char* rest : {"", "/layout:nn", "/layout:tn", "/constant:0", "/layout:nn/batch:2",
                               "/layout:nn/constant:0"}) {
        conforms("matmul/dtype:" + std::string(dtype) + "/" + size + rest);
      }
    }
  }
}

// Weights stored as [n, k] and packed into blocks, with every incomplete block.
TEST_F(Onednn, PackedWeightsOfEveryWidth) {
  for (int n = 1; n <= 140; ++n) {
    const std::string size = "m:17/n:" + std::to_string(n) + "/k:" + std::to_string(2 + n % 37);
    must_conform("matmul/dtype:f32/" + size, "brgemm");
    conforms("matmul/dtype:bf16/" + size, "brgemm");
    conforms("matmul/dtype:s8/" + size, "brgemm");
  }
  must_conform("matmul/dtype:f32/m:5/n:71/k:100/batch:3", "brgemm");
}

TEST_F(Onednn, IntegerMatmulOfEveryOutputAndLayout) {
  for (const char* dtype : {"s8", "u8"}) {
    for (const std::string& size : awkward_sizes()) {
      for (const char* rest :
           {"", "/out:s32", "/out:bf16", "/layout:nn", "/layout:tn", "/out:s32/constant:0",
            "/layout:nn/constant:0", "/out:s32/layout:tn/constant:0", "/epilogue:bias",
            "/epilogue:bias_gelu", "/epilogue:silu", "/batch:3", "/batch:3/out:s32",
            "/batch:3/epilogue:bias/layout:nn"}) {
        conforms("matmul/dtype:" + std::string(dtype) + "/" + size + rest);
      }
    }
  }
}

// Without VNNI oneDNN's sums saturate: its primitive isn't used, and our own code sums exactly.
TEST_F(Onednn, IntegerPrimitiveNeedsVnni) {
  const bool vnni = device_->info().isa.find("vnni") != std::string::npos ||
                    device_->info().isa.find("avx512_core_") != std::string::npos ||
                    device_->info().isa == "default";  // no x86 processor
  const Problem problem = parse_problem("matmul/dtype:s8/m:9/n:9/k:9/out:s32");
  const Support support = device_->supports(problem, "brgemm");
  EXPECT_EQ(support.supported, vnni);
  if (!vnni) {
    EXPECT_THAT(support.reason, HasSubstr("has no VNNI"));
    EXPECT_THAT(device_->prepare(problem, "")->implementation(), StartsWith("gemv:"));
  }
  EXPECT_THAT(device_->info().dtypes, Contains(DType::s8));
}

TEST_F(Onednn, WeightOnlyQuantisedMatmul) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    for (const char* weights : {"s8", "s4", "u4"}) {
      for (const char* size : {"m:1/n:33/k:64", "m:19/n:65/k:192", "m:33/n:64/k:128/batch:2"}) {
        for (const char* rest : {"", "/zero_points:u8", "/group:32", "/group:32/zero_points:u4",
                                 "/constant:0", "/group:64/zero_points:u8/epilogue:bias_gelu"}) {
          conforms("matmul/dtype:" + std::string(dtype) + "/" + size + "/weights:" + weights +
                   rest);
        }
      }
    }
  }
}

TEST_F(Onednn, SubtractsZeroPointsExactly) {
  for (const char* variant : {"", "gemv", "converted"}) {
    expect_exact_zero_points(*device_, variant, {1, 3, 9});
  }
}

TEST_F(Onednn, PrimitiveRefusesF16WithTheTrueReason) {
  const Support support =
      device_->supports(parse_problem("matmul/dtype:f16/m:8/n:8/k:8"), "brgemm");
  if (!support) {
    EXPECT_THAT(support.reason, HasSubstr("has no f16 x f16 -> f16 matmul on"));
  }
}

TEST_F(Onednn, SaysWhatItsThreadsWereTold) {
  const char* const before = std::getenv("OMP_PLACES");
  const std::string places = before == nullptr ? "" : before;
  ::setenv("OMP_PLACES", "sockets", 1);
  const std::vector<std::pair<std::string, std::string>> notes =
      onednn::make_backend()->open("0")->info().notes;
  before == nullptr ? ::unsetenv("OMP_PLACES") : ::setenv("OMP_PLACES", places.c_str(), 1);
  EXPECT_THAT(notes, Contains(testing::Pair("thread settings", HasSubstr("OMP_PLACES=sockets"))));
}

TEST_F(Onednn, PackedWeightsCountAsTouched) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:1/n:100/k:100");
  const auto prepared = device_->prepare(problem, "");
  std::vector<std::unique_ptr<Buffer>> buffers;
  std::vector<Buffer*> arguments;
  for (const TensorSpec& spec : problem.tensors) {
    buffers.push_back(device_->allocate(spec.bytes()));
    arguments.push_back(buffers.back().get());
    device_->copy_in(*buffers.back(), std::vector<std::byte>(spec.bytes()));
  }
  EXPECT_GE(prepared->bind(arguments)->touched_bytes(), problem.bytes());
}

TEST_F(Onednn, ImplementationsAreNamed) {
  EXPECT_THAT(must_conform("attention/dtype:f32/heads:1/q:2/kv:2/d:8"), StartsWith("flash_tiled:"));
  EXPECT_THAT(must_conform("matmul/dtype:f32/m:16/n:16/k:16"), HasSubstr(":"));
}

TEST_F(Onednn, DescribesTheProcessor) {
  const DeviceInfo& info = device_->info();
  EXPECT_EQ(info.ordinal, "0");
  EXPECT_TRUE(info.cpu);
  EXPECT_THAT(info.platform, StartsWith("oneDNN 3."));
  EXPECT_THAT(info.hardware, StartsWith("cpu:"));
}

// Tests run under ONEDNN_MAX_CPU_ISA too: it must hold for both kernels.
TEST_F(Onednn, HonoursTheLimitOfTheInstructionSet) {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (limit == nullptr) GTEST_SKIP() << "ONEDNN_MAX_CPU_ISA isn't set";
  const std::string attention = must_conform("attention/dtype:f32/heads:1/q:2/kv:2/d:8");
  if (std::string(limit).starts_with("AVX2")) {
    EXPECT_THAT(device_->info().isa, StartsWith("avx2"));
    EXPECT_EQ(attention, "flash_tiled:avx2");
  } else if (std::string(limit) == "AVX512_CORE_VNNI") {
    EXPECT_THAT(device_->info().isa, AnyOf("avx512_core_vnni", "avx512_core", StartsWith("avx2")));
  } else {
    EXPECT_THAT(device_->info().isa, AnyOf("avx512_core", StartsWith("avx2")));
  }
}

TEST_F(Onednn, RefusesUnknownVariantsAndOtherDevices) {
  const Problem problem = parse_problem("attention/dtype:f32/heads:1/q:1/d:8");
  const Support support = device_->supports(problem, "no-such");
  EXPECT_FALSE(support);
  EXPECT_THAT(support.reason, HasSubstr("has no variant 'no-such', there are "));
  EXPECT_THAT(support.reason, HasSubstr("highway"));
  EXPECT_THROW((void)onednn::make_backend()->open("1"), Error);
}

}  // namespace
}  // namespace assay
