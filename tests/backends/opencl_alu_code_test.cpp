// The multiply-adds of the chains are really there after PoCL's compiler: the machine code of its kernels
// is looked at, where it keeps them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "backends/opencl/alu.hpp"
#include "backends/opencl/loader.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/machine_code.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay::opencl {
namespace {

using testing::SizeIs;

class PoclAluCode : public testing::Test {
 protected:
  void SetUp() override {
    setenv("POCL_CACHE_DIR", folder().path().c_str(),
           1);  // read once, by the first to ask for a device
    setenv("XDG_CACHE_HOME", folder().path().c_str(), 1);
    for (const Platform& platform : find_platforms(usual_places()).found) {
      if (platform.name != "Portable Computing Language") continue;
      for (const cl_device_id device : devices_of(platform)) {
        DeviceInfo info = describe(platform, device, "0.0");
        if (info.cpu) session_ = std::make_unique<Session>(platform, device, std::move(info));
      }
    }
    if (!session_) GTEST_SKIP() << "no PoCL";
    if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "no FMA here";
  }

  static const TemporaryFolder& folder() {
    static const TemporaryFolder temporary;
    return temporary;
  }
  static std::set<std::filesystem::path> kernels() {
    std::set<std::filesystem::path> found;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder().path())) {
      if (each.path().filename() == "alu.so") found.insert(each.path());
    }
    return found;
  }

  // The kernel that `call` makes PoCL compile.
  template <class Call>
  std::vector<Instruction> compiled_by(const Call& call) {
    const auto before = kernels();
    call();
    std::vector<std::filesystem::path> made;
    std::ranges::set_difference(kernels(), before, std::back_inserter(made));
    EXPECT_THAT(made, SizeIs(1));
    return made.empty() ? std::vector<Instruction>() : disassemble(made.front(), 0, 0);
  }

  // The inner loop of an arrangement of chains; nothing where the device has none.
  std::optional<Loop> loop_of(const std::string& name, const std::string& mnemonic) {
    const Problem problem = parse_problem(name);
    const auto code = compiled_by([&] {
      const auto prepared = prepare_alu(*session_, problem);
      std::vector<std::unique_ptr<Memory>> memory;
      std::vector<Buffer*> tensors;
      for (const TensorSpec& each : problem.tensors) {
        memory.push_back(std::make_unique<Memory>(*session_, each.bytes()));
        tensors.push_back(memory.back().get());
      }
      const auto bound = prepared->bind(tensors);
      run_now(*session_, dynamic_cast<const Launches&>(*bound).launches());
    });
    no_objdump_ = code.empty();
    return inner_loop(code, mnemonic);
  }

  void expect_loop(const std::string& name, int accumulators, const std::string& mnemonic) {
    SCOPED_TRACE(name);
    const auto loop = loop_of(name, mnemonic);
    if (no_objdump_) {
      // Where every tool must be there, a proof that isn't made is none.
      ASSERT_EQ(std::getenv("CI"), nullptr) << "no objdump";
      GTEST_SKIP() << "no objdump";
    }
    ASSERT_TRUE(loop) << "no loop with " << mnemonic;
    EXPECT_EQ(loop->multiply_adds % (2 * accumulators), 0) << loop->multiply_adds;
    EXPECT_GE(loop->multiply_adds, 2 * accumulators);
    EXPECT_EQ(loop->stores, 0);
    if (name.find("loads:1") == std::string::npos) {
      EXPECT_EQ(loop->memory_operands, 0);
    }
  }

  bool supports(const std::string& name) const {
    return supports_alu(*session_, parse_problem(name)).supported;
  }

  std::unique_ptr<Session> session_;
  bool no_objdump_ = false;
};

TEST_F(PoclAluCode, HasItsMultiplyAddsInTheLoop) {
  // More than registers hold would be the throughput of storing and loading them: it is refused.
  for (const int accumulators : {1, 8, 12, 16, 20, 24}) {
    for (const char* loads : {"", "/loads:1"}) {
      const std::string name = "alu/dtype:f32/path:fma/chains:4096/steps:64" + std::string(loads) +
                               "/units:1/items:1/accumulators:" + std::to_string(accumulators);
      if (accumulators > 12 && session_->limits.vector_width < 16) {
        EXPECT_FALSE(supports(name)) << name;
        continue;
      }
      expect_loop(name, accumulators, "vfmadd");
      if (IsSkipped()) return;
    }
  }
}

// The arrangement that is the device's ceiling.
TEST_F(PoclAluCode, HasThemInTheLoopThatIsTheCeiling) {
  const std::string name = "alu/dtype:f32/path:fma/chains:4096/steps:64";
  int accumulators = 0;
  const std::string implementation = prepare_alu(*session_, parse_problem(name))->implementation();
  ASSERT_EQ(std::sscanf(implementation.c_str(), "chains_%dx", &accumulators), 1) << implementation;
  EXPECT_GE(accumulators, 12);
  expect_loop(name, accumulators, "vfmadd");
}

TEST_F(PoclAluCode, HasAMultiplyAddPerAccumulatorAtEveryWidth) {
  for (const int width : {4, 8}) {
    expect_loop(
        "alu/dtype:f32/path:fma/chains:4096/steps:64/units:1/items:1/accumulators:12/width:" +
            std::to_string(width),
        12, "vfmadd");
    if (IsSkipped()) return;
  }
  // Sixteen elements are one register or two, and there are fewer accumulators then.
  expect_loop("alu/dtype:f32/path:fma/chains:4096/steps:64/units:1/items:1/width:16", 12, "vfmadd");
}

TEST_F(PoclAluCode, HasItsDotProductsInTheLoop) {
  int paths = 0;
  for (const auto& [dtype, mnemonic] :
       {std::pair{"bf16", "vdpbf16ps"}, std::pair{"s8", "vpdpbusd"}}) {
    const std::string name = "alu/dtype:" + std::string(dtype) +
                             "/path:dot/chains:4096/steps:64/units:1/items:1/accumulators:12";
    if (!supports(name)) continue;
    expect_loop(name, 12, mnemonic);
    if (IsSkipped()) return;
    ++paths;
  }
  if (paths == 0) GTEST_SKIP() << "this processor has no dot products";
}

// What this test is for: steps that the compiler could leave out have left none in the loop.
TEST_F(PoclAluCode, ChainsThatCanBeFoldedAreSeen) {
  // A step of nothing, and one whose value doesn't depend on the chain.
  for (const char* step : {"(x)", "fma(a, b, a)"}) {
    const std::string text =
        "#define FOLDED(x, a, b) " + std::string(step) + "\n" + std::string(alu_cl.text);
    const Source source{"alu.cl", text};
    const auto code = compiled_by([&] {
      const auto program = compile_program(*session_, source,
                                           Options()
                                               .define("REAL", "float")
                                               .define("FACTOR", "float")
                                               .define("WIDTH", 16)
                                               .define("ACCUMULATORS", 12)
                                               .define("STEP", "FOLDED"));
      Launch launch;
      launch.kernel = make_kernel(*session_, program.get(), "alu");
      const Memory memory(*session_, 65536);
      const cl_mem any = memory.get();
      set_arguments(*session_, launch.kernel.get(), any, any, any, any, cl_int{4096}, cl_int{64});
      launch.global = launch.local = {1, 1, 1};
      std::vector<Launch> launches;
      launches.push_back(std::move(launch));
      run_now(*session_, launches);
    });
    if (code.empty()) GTEST_SKIP() << "no objdump";
    const auto loop = inner_loop(code, "vfmadd");
    EXPECT_TRUE(!loop || loop->multiply_adds < 24) << step;
  }
}

}  // namespace
}  // namespace assay::opencl
