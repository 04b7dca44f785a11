// The multiply-adds of the chains are really there: the machine code's inner loop is looked at.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "backends/onednn/alu_code.hpp"
#include "tests/support/machine_code.hpp"

namespace assay {
namespace {

// Where this program is loaded: the difference between addresses here and in its file.
std::uint64_t load_bias() {
  std::ifstream maps("/proc/self/maps");
  std::uint64_t low = 0;
  maps >> std::hex >> low;
  return low;
}

void expect_loop(const onednn::AluCode& code, const std::string& mnemonic, bool loads) {
  const auto address = reinterpret_cast<std::uint64_t>(code.run) - load_bias();
  const std::vector<Instruction> text = disassemble("/proc/self/exe", address, 4096);
  if (text.empty()) {
    // Where every tool must be there, a proof that isn't made is none.
    ASSERT_EQ(std::getenv("CI"), nullptr) << "no objdump";
    GTEST_SKIP() << "no objdump";
  }
  const auto loop = inner_loop(text, mnemonic);
  ASSERT_TRUE(loop) << "no loop with " << mnemonic;
  // Two steps a turn, or a multiple where the compiler unrolled more.
  EXPECT_EQ(loop->multiply_adds % (2 * code.accumulators), 0) << loop->multiply_adds;
  EXPECT_GE(loop->multiply_adds, 2 * code.accumulators);
  if (!loads) {
    EXPECT_EQ(loop->memory_operands, 0);
  }
  // Accumulators that are kept in memory too take a store each, of which processors do fewer at a time.
  EXPECT_EQ(loop->stores, 0);
}

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
AluShape shape(DType dtype, AluShape::Path path, std::int64_t accumulators, bool loads) {
  AluShape s;
  s.dtype = dtype;
  s.path = path;
  s.accumulators = accumulators;
  s.loads = loads;
  return s;
}

TEST(OnednnAluCode, HasItsMultiplyAddsInTheLoop) {
  for (const bool loads : {false, true}) {
    if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "no FMA here";
    // More than registers hold would be the throughput of storing and loading them: there is no code.
    for (const std::int64_t accumulators : {4, 5, 6, 8, 10, 12, 16, 20, 24}) {
      const auto fma =
          onednn::find_alu_fma(shape(DType::f32, AluShape::Path::fma, accumulators, loads));
      if (accumulators > 12 && !__builtin_cpu_supports("avx512f")) {
        EXPECT_EQ(fma.run, nullptr);
        continue;
      }
      ASSERT_NE(fma.run, nullptr) << fma.missing;
      expect_loop(fma, "vfmadd", loads);
    }
    const auto best = onednn::find_alu_fma(shape(DType::f32, AluShape::Path::fma, 0, loads));
    ASSERT_NE(best.run, nullptr) << best.missing;
    expect_loop(best, "vfmadd", loads);
  }
}

// Narrow chains must stay as many instructions as there are accumulators: several of them merged into
// wider vectors would be the throughput of another width.
TEST(OnednnAluCode, HasAMultiplyAddPerAccumulatorAtEveryWidth) {
  if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "no FMA here";
  int widths = 0;
  for (const std::int64_t width : {1, 4, 8, 16}) {
    for (const bool loads : {false, true}) {
      AluShape s = shape(DType::f32, AluShape::Path::fma, 12, loads);
      s.width = width;
      const auto code = onednn::find_alu_fma(s);
      if (code.run == nullptr) continue;
      SCOPED_TRACE("width " + std::to_string(width) + (loads ? " with loads" : ""));
      expect_loop(code, "vfmadd", loads);
      ++widths;
    }
  }
  // With FMA there are vectors of eight elements.
  EXPECT_GE(widths, 6);
}

TEST(OnednnAluCode, HasItsDotProductsInTheLoop) {
  for (const bool loads : {false, true}) {
    const auto bf16 = onednn::find_alu_dot(shape(DType::bf16, AluShape::Path::dot, 0, loads), 0);
    if (bf16.run != nullptr) expect_loop(bf16, "vdpbf16ps", loads);
    const auto s8 = onednn::find_alu_dot(shape(DType::s8, AluShape::Path::dot, 0, loads), 0);
    if (s8.run != nullptr) expect_loop(s8, "vpdpbusd", loads);
    // Vectors of half the width, as processors without AVX-512 have.
    for (const DType dtype : {DType::bf16, DType::s8}) {
      AluShape half = shape(dtype, AluShape::Path::dot, 12, loads);
      half.width = 8;
      const auto code = onednn::find_alu_dot(half, 0);
      if (code.run != nullptr)
        expect_loop(code, dtype == DType::s8 ? "vpdpbusd" : "vdpbf16ps", loads);
    }
  }
}

// Whether this processor has them or not.
TEST(OnednnAluCode, OfOtherProcessorsHasItsInstructionsInTheLoop) {
  for (const bool loads : {false, true}) {
    expect_loop(onednn::avx_code(shape(DType::f32, AluShape::Path::fma, 0, loads)), "vmulps",
                false);
    expect_loop(onednn::avx_code(shape(DType::f32, AluShape::Path::fma, 0, loads)), "vaddps",
                loads);
    expect_loop(onednn::avx_vnni_code(shape(DType::s8, AluShape::Path::dot, 0, loads)), "vpdpbusd",
                loads);
    EXPECT_EQ(onednn::avx_code(shape(DType::f32, AluShape::Path::fma, 16, loads)).run, nullptr);
    EXPECT_EQ(onednn::avx_vnni_code(shape(DType::s8, AluShape::Path::dot, 16, loads)).run, nullptr);
    expect_loop(onednn::avx512_fp16_code(shape(DType::f16, AluShape::Path::fma, 0, loads)),
                "vfmadd213ph", loads);
  }
}
#endif

}  // namespace
}  // namespace assay
