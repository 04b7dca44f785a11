// The vector code for few rows: every number of rows, tails of every kind, all formats.
#include "backends/onednn/matmul_gemv.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>

#include "backends/onednn/device.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Gemv : public testing::Test {
 protected:
  void conforms(const std::string& name) {
    const Problem problem = parse_problem(name);
    if (const Support support = device_->supports(problem, "gemv"); !support) {
      EXPECT_THAT(support.reason, HasSubstr("constant:0"));
      return;
    }
    const Conformance conformance = conform(*device_, problem, "gemv");
    EXPECT_TRUE(conformance.passed) << name << ": " << conformance.reason;
  }
  void must_conform(const std::string& name) {
    EXPECT_TRUE(device_->supports(parse_problem(name), "gemv")) << name;
    conforms(name);
  }

  std::unique_ptr<Device> device_ = onednn::make_backend()->open("0");
};

bool is_matmul(const std::string& name) { return name.starts_with("matmul"); }

TEST_F(Gemv, ConformsOnCommonShapes) {
  for (const std::string& name : conformance_shapes()) {
    if (is_matmul(name)) conforms(name);
  }
}

TEST_F(Gemv, ConformsOnRandomShapes) {
  for (const std::string& name : random_shapes(17, 300)) {
    if (is_matmul(name)) conforms(name);
  }
}

TEST_F(Gemv, EveryNumberOfRowsAndColumns) {
  for (const char* dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    for (int m = 1; m <= 18; ++m) {
      const std::string n = std::to_string(1 + m % 9);
      must_conform("matmul/dtype:" + std::string(dtype) + "/m:" + std::to_string(m) + "/n:" + n +
                   "/k:67");
    }
    for (const char* n : {"255", "256", "257", "517"}) {
      must_conform("matmul/dtype:" + std::string(dtype) + "/m:2/n:" + n + "/k:40");
    }
  }
}

TEST_F(Gemv, EveryTailOfK) {
  for (const char* dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    for (int k = 1; k <= 140; ++k) {
      must_conform("matmul/dtype:" + std::string(dtype) + "/m:1/n:5/k:" + std::to_string(k));
    }
  }
}

TEST_F(Gemv, EveryLayoutEpilogueAndOutput) {
  for (const char* dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    const std::string start = "matmul/dtype:" + std::string(dtype) + "/m:3/n:37/k:90";
    for (const char* rest :
         {"/layout:nn", "/layout:tn", "/constant:0", "/epilogue:bias", "/epilogue:gelu",
          "/epilogue:silu", "/epilogue:bias_gelu", "/epilogue:bias_silu", "/out:f32", "/batch:5",
          "/batch:2/layout:tn/epilogue:bias_gelu", "/batch:3/constant:0/epilogue:bias"}) {
      must_conform(start + rest);
    }
  }
  for (const char* dtype : {"s8", "u8"}) {
    for (const char* rest : {"/out:s32", "/out:bf16", "/out:s32/layout:nn", "/out:s32/batch:3"}) {
      must_conform("matmul/dtype:" + std::string(dtype) + "/m:5/n:31/k:77" + rest);
    }
  }
}

TEST_F(Gemv, EveryQuantisationAndGroup) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    for (const char* weights : {"s8", "s4", "u4"}) {
      for (const char* zero : {"", "/zero_points:u8", "/zero_points:u4"}) {
        for (const char* shape :
             {"/m:1/n:9/k:256/group:32", "/m:2/n:6/k:192/group:64", "/m:3/n:7/k:384/group:128",
              "/m:5/n:5/k:512/group:256", "/m:4/n:5/k:96/group:32", "/m:6/n:3/k:64",
              "/m:1/n:5/k:62", "/m:7/n:5/k:330", "/m:2/n:5/k:60/group:20", "/m:1/n:3/k:6/group:2",
              "/m:17/n:11/k:160/group:32", "/m:2/n:5/k:144/group:48/batch:3/epilogue:bias_silu"}) {
          must_conform("matmul/dtype:" + std::string(dtype) + "/weights:" + weights + shape + zero);
        }
      }
    }
  }
}

TEST_F(Gemv, IsTheDefaultForOneRowAndCanBeLeft) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:1/n:64/k:64");
  EXPECT_THAT(device_->prepare(problem, "")->implementation(), StartsWith("gemv:"));
  EXPECT_THAT(device_->prepare(problem, "brgemm")->implementation(),
              testing::Not(StartsWith("gemv:")));
}

// What was measured to be the faster.
TEST_F(Gemv, IsTheDefaultUpToTheRowsWhereOthersCatchUp) {
  const auto way = [&](const std::string& rest) {
    const std::string name =
        device_->prepare(parse_problem("matmul/dtype:" + rest + "/n:64/k:256"), "")
            ->implementation();
    return name.substr(0, name.find(':'));
  };
  EXPECT_EQ(way("f32/m:8"), "gemv");
  EXPECT_NE(way("f32/m:9"), "gemv");
  EXPECT_EQ(way("f16/m:16"), "gemv");
  EXPECT_EQ(way("bf16/m:16"), "gemv");
  EXPECT_NE(way("f16/m:17"), "gemv");
  const bool primitive = way("bf16/m:97") != "converted";
  EXPECT_EQ(way("bf16/m:96") == "gemv", !primitive);
  EXPECT_EQ(way("s8/m:6"), "gemv");
  EXPECT_EQ(way("bf16/weights:s4/group:128/m:128"), "gemv");
  EXPECT_EQ(way("bf16/weights:s4/group:128/m:129"), "converted");
  EXPECT_EQ(way("f32/weights:s4/group:128/m:32"), "gemv");
  EXPECT_EQ(way("f32/weights:s4/group:128/m:33"), "converted");
  EXPECT_EQ(way("bf16/weights:s8/group:128/m:24"), "gemv");
  EXPECT_EQ(way("bf16/weights:s8/group:128/m:25"), "converted");
}

TEST_F(Gemv, SaysWhatConstantWeightsForbid) {
  for (const char* rest : {"/layout:nn/constant:0", "/weights:s4/constant:0"}) {
    const Support support = device_->supports(
        parse_problem("matmul/dtype:f32/m:1/n:8/k:8" + std::string(rest)), "gemv");
    EXPECT_FALSE(support) << rest;
    EXPECT_THAT(support.reason, HasSubstr("constant:0 forbids"));
  }
}

// Tests run under ONEDNN_MAX_CPU_ISA too.
TEST_F(Gemv, HonoursTheLimitOfTheInstructionSet) {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (limit == nullptr) GTEST_SKIP() << "ONEDNN_MAX_CPU_ISA isn't set";
  const std::string target = onednn::gemv_target();
  if (std::string(limit) == "SSE41") {
    EXPECT_EQ(target, "sse2");
  } else if (std::string(limit).starts_with("AVX2")) {
    EXPECT_EQ(target, "avx2");
  } else if (std::string(limit) == "AVX512_CORE") {
    EXPECT_TRUE(target == "avx512" || target == "avx2") << target;
  } else if (std::string(limit) == "AVX512_CORE_VNNI") {
    EXPECT_TRUE(target == "avx512_vnni" || target == "avx512" || target == "avx2") << target;
  }
}

TEST_F(Gemv, PathsAreOfTheInstructionsThatMultiply) {
  const std::string target = onednn::gemv_target();
  const std::string bf16 = target == "avx512_bf16" ? "bf16.dot" : "f32.fma";
  const std::string bytes = target == "avx512_bf16" || target == "avx512_vnni" ? "s8.dot" : "";
  if (!target.starts_with("avx") && target != "sse2") GTEST_SKIP() << "not an x86 processor";
  const auto path = [&](const std::string& rest) {
    return device_->prepare(parse_problem("matmul/dtype:" + rest), "gemv")->path();
  };
  EXPECT_EQ(path("f32/m:1/n:64/k:128"), "f32.fma");
  EXPECT_EQ(path("f16/m:1/n:64/k:128"), "f32.fma");
  EXPECT_EQ(path("bf16/m:1/n:64/k:128"), bf16);
  EXPECT_EQ(path("s8/m:1/n:64/k:128"), bytes);
  EXPECT_EQ(path("u8/m:1/n:64/k:128"), bytes);
  EXPECT_EQ(path("bf16/weights:s4/group:32/m:1/n:64/k:128"), bf16);
  EXPECT_EQ(path("f32/weights:s4/group:32/m:1/n:64/k:128"), "f32.fma");
  EXPECT_EQ(path("bf16/weights:s8/group:32/m:1/n:64/k:128"), "f32.fma");
}

}  // namespace
}  // namespace assay
