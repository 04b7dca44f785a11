// Every arrangement of chains gives the right answer.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "backends/onednn/attention.hpp"
#include "backends/onednn/cpu_features.hpp"
#include "backends/onednn/device.hpp"
#include "backends/onednn/isa.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

class OnednnAlu : public testing::Test {
 protected:
  bool conforms(const std::string& name) {
    const Problem problem = parse_problem(name);
    if (!device_->supports(problem, "")) return false;
    const Conformance conformance = conform(*device_, problem);
    EXPECT_TRUE(conformance.passed) << name << ": " << conformance.reason;
    return true;
  }
  std::unique_ptr<Device> device_ = onednn::make_backend()->open("0");
};

TEST_F(OnednnAlu, EveryArrangementConforms) {
  int ran = 0;
  for (const char* kind : {"f32/path:fma", "bf16/path:dot", "s8/path:dot"}) {
    for (const int accumulators : {0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24}) {
      for (const int width : {0, 1, 2, 4, 8, 16}) {
        for (const char* loads : {"0", "1"}) {
          ran +=
              conforms(std::string("alu/dtype:") + kind + "/chains:1001/steps:66/loads:" + loads +
                       "/units:3/accumulators:" + std::to_string(accumulators) +
                       "/width:" + std::to_string(width))
                  ? 1
                  : 0;
        }
      }
    }
  }
  // Each number of accumulators in f32, at the widest and at one element.
  EXPECT_GE(ran, 26);
  EXPECT_TRUE(conforms("alu/dtype:f32/path:fma/chains:1/steps:2"));
  EXPECT_TRUE(conforms("alu/dtype:s32/path:add/chains:5/steps:90"));
}

TEST_F(OnednnAlu, SaysWhatItHasNoCodeFor) {
  const auto reason = [&](const char* name) {
    return device_->supports(parse_problem(name), "").reason;
  };
  EXPECT_THAT(reason("alu/dtype:f32/chains:64/accumulators:7"), HasSubstr("accumulators:7"));
  EXPECT_THAT(reason("alu/dtype:f16/path:dot/chains:64"), HasSubstr("f16"));
  if (!onednn::cpu_has_amx(DType::bf16)) {
    EXPECT_THAT(reason("alu/dtype:bf16/path:matrix/chains:64"),
                HasSubstr("lacks matrix instructions"));
  }
  EXPECT_THAT(reason("alu/dtype:f32/path:matrix/chains:64"), HasSubstr("matrix instructions"))
      << "tiles of other types are none of f32";
  if (!onednn::cpu_has_avx512_fp16()) {
    EXPECT_THAT(reason("alu/dtype:f16/path:fma/chains:64"), HasSubstr("lacks sums of f16"));
  }
  EXPECT_THAT(reason("alu/dtype:f32/chains:64/items:2"), HasSubstr("work-items"));
}

TEST_F(OnednnAlu, StreamsConform) {
  for (const char* op : {"read", "copy", "triad", "triad_nt"}) {
    for (const char* rest : {"12/units:1", "49160", "196620/passes:3/units:3", "1000000",
                             "2097152/passes:2/units:5", "70000000/units:2"}) {
      EXPECT_TRUE(conforms(std::string("stream/op:") + op + "/bytes:" + rest)) << op << rest;
    }
  }
}

// Every place and width that there is code for; blocks that aren't whole, and fewer than places.
TEST_F(OnednnAlu, StreamsConformInEveryArrangement) {
  int ran = 0;
  for (const char* bytes : {"12/units:1", "49160/units:1", "1000000/units:3/passes:3", "9437184"}) {
    for (const char* places : {"0", "1", "2", "4", "8"}) {
      for (const char* width : {"0", "1", "4", "8", "16"}) {
        ran += conforms(std::string("stream/op:read/bytes:") + bytes + "/accumulators:" + places +
                        "/width:" + width)
                   ? 1
                   : 0;
      }
    }
  }
  // At the widest, at one element and at four.
  EXPECT_GE(ran, 4 * 5 * 3);
  const auto name = [&](const char* keys) {
    return device_->prepare(parse_problem(std::string("stream/op:read/bytes:65536") + keys), "")
        ->implementation();
  };
  EXPECT_THAT(name(""), testing::StartsWith("stream:"));
  EXPECT_THAT(name("/accumulators:8/width:4"), testing::StartsWith("stream_8x4:"));
  const Support other =
      device_->supports(parse_problem("stream/op:read/bytes:65536/accumulators:3"), "");
  EXPECT_THAT(other.reason, HasSubstr("no code for accumulators:3"));
}

TEST(InstructionPath, IsOnlyToldWhereTheNameTellsIt) {
  using onednn::instruction_path;
  EXPECT_EQ(instruction_path(DType::f32, "brg_matmul:avx512_core"), "f32.fma");
  EXPECT_EQ(instruction_path(DType::f32, "gemm:jit"), "f32.fma");
  EXPECT_EQ(instruction_path(DType::bf16, "brg_matmul:avx512_core_bf16"), "bf16.dot");
  // By conversion, and by whatever the library found.
  EXPECT_EQ(instruction_path(DType::bf16, "brg_matmul:avx512_core"), "f32.fma");
  EXPECT_EQ(instruction_path(DType::bf16, "gemm:jit"), "");
  EXPECT_EQ(instruction_path(DType::bf16, "ref:any"), "");
  EXPECT_EQ(instruction_path(DType::u8, "brg_matmul:avx512_core_vnni"), "s8.dot");
  EXPECT_EQ(instruction_path(DType::s8, "brg_matmul:avx2_vnni"), "s8.dot");
  EXPECT_EQ(instruction_path(DType::s8, "gemm:jit"), "");
  // Without dot products: kernel alu has no such chain, which is told.
  EXPECT_EQ(instruction_path(DType::s8, "brg_matmul:avx512_core"), "s8.pairs");
}

// A path whose products are narrower than those that are used has too low a ceiling.
TEST(InstructionPath, IsNeverNarrowerThanWhatTheSetMayDo) {
  using onednn::instruction_path;
  // Later sets contain those of bfloat16 and of bytes; oneDNN has had two names for each.
  for (const char* set : {"avx512_core_fp16", "avx10_1_512"}) {
    EXPECT_EQ(instruction_path(DType::bf16, set), "bf16.dot") << set;
    EXPECT_EQ(instruction_path(DType::s8, set), "s8.dot") << set;
    // oneDNN sums products of f16 in f32, by conversion.
    EXPECT_EQ(instruction_path(DType::f16, set), "f32.fma") << set;
  }
  for (const char* set : {"brgemm:avx512_core_amx", "brgemm:avx10_1_512_amx"}) {
    EXPECT_EQ(instruction_path(DType::bf16, set), "bf16.matrix") << set;
    EXPECT_EQ(instruction_path(DType::s8, set), "s8.matrix") << set;
    EXPECT_EQ(instruction_path(DType::f16, set), "f32.fma") << set;
  }
  for (const char* set : {"avx512_core_amx_fp16", "avx10_1_512_amx_fp16"}) {
    EXPECT_EQ(instruction_path(DType::f16, set), "f16.matrix") << set;
  }
  // Sets that aren't known, or aren't of x86, may have anything.
  for (const char* set : {"brg_matmul:avx10_2_512", "isa 32768", "brg_matmul:avx512_core_bf32",
                          "gemm:acl", "brg_matmul:sve_256", "default"}) {
    for (const DType dtype : {DType::bf16, DType::f16, DType::s8}) {
      EXPECT_EQ(instruction_path(dtype, set), "") << set;
    }
  }
}

// Also run within the lesser instruction sets that ONEDNN_MAX_CPU_ISA knows.
TEST_F(OnednnAlu, PathsOfProductsHaveChainsAtLeastAsWide) {
  int paths = 0;
  for (const char* dtype : {"f32", "bf16", "f16", "s8", "u8"}) {
    const Problem product = parse_problem(std::string("matmul/dtype:") + dtype + "/m:64/n:64/k:64");
    if (!device_->supports(product, "")) continue;
    const std::string path = device_->prepare(product, "")->path();
    const std::size_t dot = path.find('.');
    if (dot == std::string::npos) continue;
    const Problem chains = parse_problem("alu/dtype:" + path.substr(0, dot) +
                                         "/path:" + path.substr(dot + 1) + "/chains:4096/steps:2");
    const Support support = device_->supports(chains, "");
    ASSERT_TRUE(support.supported) << dtype << " takes " << path << ": " << support.reason;
    const std::string name = device_->prepare(chains, "")->implementation();
    int accumulators = 0;
    int width = 0;
    ASSERT_EQ(std::sscanf(name.c_str(), "chains_%dx%d:", &accumulators, &width), 2) << name;
    EXPECT_GE(4 * width, onednn::effective_vector_bytes()) << dtype << ": " << name;
    ++paths;
  }
  EXPECT_GE(paths, 1);
}

TEST_F(OnednnAlu, ChainsKeepWithinTheLimit) {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (limit == nullptr) GTEST_SKIP() << "ONEDNN_MAX_CPU_ISA isn't set";
  const auto name = [&](const char* path) {
    const Problem problem =
        parse_problem(std::string("alu/dtype:") + path + "/chains:4096/steps:2");
    const Support support = device_->supports(problem, "");
    return support ? device_->prepare(problem, "")->implementation() : support.reason;
  };
  if (!__builtin_cpu_supports("avx512bw")) GTEST_SKIP() << "no AVX-512 here: little to limit";
  const std::string set(limit);
  const char* const expected = set == "SSE41"            ? "12x4:sse2"
                               : set == "AVX"            ? "12x8:avx"
                               : set.starts_with("AVX2") ? "12x8:avx2"
                                                         : "24x16:avx512";
  // Twice: asking what the target is called must not undo the limit.
  for (int time = 0; time < 2; ++time) {
    EXPECT_THAT(name("f32/path:fma"), testing::EndsWith(expected));
    (void)onednn::attention_target();
  }
  const auto& notes = device_->info().notes;
  const bool noted =
      std::ranges::any_of(notes, [](const auto& n) { return n.first == "limited to"; });
  EXPECT_TRUE(noted);
  if (!set.starts_with("AVX512")) {
    EXPECT_THAT(name("bf16/path:dot"), HasSubstr("ONEDNN_MAX_CPU_ISA, lacks avx512_bf16"));
    EXPECT_THAT(name("s8/path:dot"), HasSubstr("lacks avx512_vnni and avx_vnni"));
  }
}

}  // namespace
}  // namespace assay
