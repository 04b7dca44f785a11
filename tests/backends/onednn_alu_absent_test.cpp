// Chains for processors that aren't here: their code runs with its instructions computed one by one, so
// that its answers can be checked, and the instructions that it consists of are counted.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)

#include <gmock/gmock.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/cpu_features.hpp"
#include "kernels/kernel.hpp"
#include "tests/backends/emulated_instructions.hpp"

namespace assay {
namespace {

struct Ran {
  std::int64_t instructions = 0;
  std::int64_t wrong = 0;  // chains
  double first = 0, expected = 0;
};

// One block of chains from its start to its end, held against the reference.
Ran run(onednn::AluCode (*find)(const AluShape&), const std::string& name) {
  Problem problem = parse_problem(name);
  const AluShape shape = alu_shape(problem);
  const onednn::AluCode code = find(shape);
  EXPECT_NE(code.run, nullptr) << name;
  if (code.run == nullptr) return {};
  EXPECT_EQ(shape.chains, code.accumulators * code.width) << "one block";
  std::vector<std::vector<std::byte>> tensors;
  for (const TensorSpec& each : problem.tensors) tensors.emplace_back(each.bytes());
  std::vector<std::span<std::byte>> spans(tensors.begin(), tensors.end());
  kernel_of(problem).fill(problem, 3, spans);
  // With loads, the first rows stand behind the last again.
  std::vector<std::byte> b = tensors[2];
  if (shape.loads) b.insert(b.end(), tensors[2].begin(), tensors[2].end());
  Ran ran;
  {
    const EmulatedInstructions emulated;
    code.run({tensors[0].data(), tensors[3].data(), tensors[1].data(), b.data(), 0, shape.steps});
    ran.instructions = emulated.count();
  }
  const std::vector<std::span<const std::byte>> inputs(spans.begin(), spans.end());
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < shape.chains; ++i) all.push_back(i);
  std::vector<Expected> expected(all.size());
  kernel_of(problem).reference(problem, inputs, all, expected);
  const Tolerance tolerance = kernel_of(problem).tolerance(problem);
  for (const std::int64_t i : all) {
    const Expected& e = expected[static_cast<std::size_t>(i)];
    const double value = load(shape.sum, tensors[3].data(), i);
    if (i == 0) ran.first = value;
    if (i == 0) ran.expected = e.value;
    if (!(std::abs(value - e.value) <= tolerance.allowed(e))) ++ran.wrong;
  }
  return ran;
}

constexpr std::int64_t steps = 66;

TEST(AbsentProcessors, MatrixChainsAreRight) {
  if (onednn::cpu_has_amx(DType::bf16)) GTEST_SKIP() << "AMX is here";
  for (const char* dtype : {"bf16", "f16", "s8"}) {
    for (const std::int64_t tiles : {1, 2, 3, 4, 5, 6}) {
      const std::string name = std::string("alu/dtype:") + dtype +
                               "/path:matrix/chains:" + std::to_string(256 * tiles) +
                               "/steps:66/accumulators:" + std::to_string(tiles);
      const Ran ran = run(onednn::amx_code, name);
      EXPECT_EQ(ran.wrong, 0) << name << ": " << ran.first << ", not " << ran.expected;
      // An instruction for two steps of a tile; two tiles of factors, one to configure, one to release.
      EXPECT_EQ(ran.instructions, tiles * steps / 2 + 2 * tiles + 4) << name;
    }
  }
}

TEST(AbsentProcessors, DotProductsOfNarrowVectorsAreRight) {
  if (onednn::cpu_has_avx_vnni()) GTEST_SKIP() << "AVX-VNNI is here";
  for (const char* loads : {"0", "1"}) {
    for (const std::int64_t vectors : {1, 5, 12}) {
      const std::string name = "alu/dtype:s8/path:dot/chains:" + std::to_string(8 * vectors) +
                               "/steps:66/accumulators:" + std::to_string(vectors) +
                               "/loads:" + loads;
      const Ran ran = run(onednn::avx_vnni_code, name);
      EXPECT_EQ(ran.wrong, 0) << name << ": " << ran.first << ", not " << ran.expected;
      EXPECT_EQ(ran.instructions, vectors * steps) << name;
    }
  }
}

TEST(AbsentProcessors, MultiplyAddsOfHalvesAreRight) {
  if (onednn::cpu_has_avx512_fp16()) GTEST_SKIP() << "AVX512-FP16 is here";
  if (!__builtin_cpu_supports("avx512bw")) GTEST_SKIP() << "vectors of 512 bits can't be held here";
  for (const char* loads : {"0", "1"}) {
    for (const std::int64_t vectors : {1, 5, 24}) {
      const std::string name = "alu/dtype:f16/path:fma/chains:" + std::to_string(32 * vectors) +
                               "/steps:66/accumulators:" + std::to_string(vectors) +
                               "/loads:" + loads;
      const Ran ran = run(onednn::avx512_fp16_code, name);
      EXPECT_EQ(ran.wrong, 0) << name << ": " << ran.first << ", not " << ran.expected;
      EXPECT_EQ(ran.instructions, vectors * steps) << name;
    }
  }
}

}  // namespace
}  // namespace assay

#endif
