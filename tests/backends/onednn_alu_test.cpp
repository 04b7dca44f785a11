// Every arrangement of chains gives the right answer, and its multiply-adds are really there: the
// machine code's inner loop is looked at.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "backends/onednn/alu_code.hpp"
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
  EXPECT_THAT(reason("alu/dtype:f16/path:fma/chains:64"), HasSubstr("f16"));
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

TEST(InstructionPath, IsOnlyToldWhereTheNameTellsIt) {
  using onednn::instruction_path;
  EXPECT_EQ(instruction_path(DType::f32, "brg_matmul:avx512_core"), "f32.fma");
  EXPECT_EQ(instruction_path(DType::f32, "gemm:jit"), "f32.fma");
  EXPECT_EQ(instruction_path(DType::bf16, "brg_matmul:avx512_core_bf16"), "bf16.dot");
  EXPECT_EQ(instruction_path(DType::bf16, "brg_matmul:avx512_core_amx"), "bf16.matrix");
  // By conversion, and by whatever the library found.
  EXPECT_EQ(instruction_path(DType::bf16, "brg_matmul:avx512_core"), "f32.fma");
  EXPECT_EQ(instruction_path(DType::bf16, "gemm:jit"), "");
  EXPECT_EQ(instruction_path(DType::bf16, "ref:any"), "");
  EXPECT_EQ(instruction_path(DType::u8, "brg_matmul:avx512_core_vnni"), "s8.dot");
  EXPECT_EQ(instruction_path(DType::s8, "gemm:jit"), "");
}

// The instructions of one function, from objdump. Empty where there is no objdump or no function.
struct Instruction {
  std::uint64_t address;
  std::string text;
};

std::vector<Instruction> disassemble(std::uint64_t start, std::uint64_t size) {
  std::ostringstream command;
  command << "objdump -d --no-show-raw-insn --start-address=" << start
          << " --stop-address=" << start + size << " /proc/" << getpid() << "/exe 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.str().c_str(), "r"), pclose);
  std::vector<Instruction> code;
  std::array<char, 512> line{};
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    std::uint64_t address = 0;
    int end = 0;
    if (std::sscanf(line.data(), " %lx:%n", &address, &end) == 1 && end > 0) {
      code.push_back({address, line.data() + end});
    }
  }
  return code;
}

// Where this program is loaded: the difference between addresses here and in its file.
std::uint64_t load_bias() {
  std::ifstream maps("/proc/self/maps");
  std::uint64_t low = 0;
  maps >> std::hex >> low;
  return low;
}

struct Loop {
  int multiply_adds = 0;
  int memory_operands = 0;
};

// The shortest backward jump that encloses multiply-adds.
std::optional<Loop> inner_loop(const std::vector<Instruction>& code, const std::string& mnemonic) {
  for (std::size_t end = 0; end < code.size(); ++end) {
    std::array<char, 16> name{};
    std::uint64_t target = 0;
    if (std::sscanf(code[end].text.c_str(), " %15s %lx", name.data(), &target) != 2) continue;
    if (name[0] != 'j' || target >= code[end].address) continue;
    Loop loop;
    for (const Instruction& each : code) {
      if (each.address < target || each.address > code[end].address) continue;
      if (each.text.find(mnemonic) == std::string::npos) continue;
      ++loop.multiply_adds;
      if (each.text.find('(') != std::string::npos) ++loop.memory_operands;
    }
    if (loop.multiply_adds > 0) return loop;
  }
  return std::nullopt;
}

void expect_loop(const onednn::AluCode& code, const std::string& mnemonic, bool loads) {
  const auto address = reinterpret_cast<std::uint64_t>(code.run) - load_bias();
  const std::vector<Instruction> text = disassemble(address, 4096);
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
    for (const std::int64_t accumulators : {8, 12}) {
      const auto fma =
          onednn::find_alu_fma(shape(DType::f32, AluShape::Path::fma, accumulators, loads));
      if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "no FMA here";
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
  }
}
#endif

}  // namespace
}  // namespace assay
