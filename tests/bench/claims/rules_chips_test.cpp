// Rules on named chips against others, on records whose truth is planted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using enum VerdictWord;

const std::string reads = "stream/op:read/bytes:2000000000";

const SyntheticDevice a100{"opencl", "NVIDIA A100-SXM4-80GB", h100.vendor, "gpu:a100", 80e9};

TEST(Rules, OwnChips) {
  const std::string id = "own-chips-unfit-for-general-training";
  const SyntheticDevice trainium{"plugin", "Trainium2", "Amazon", "npu:1"};
  const auto of = [&](double odd, double odd_f32) {
    Synthetic records;
    records.add(attention, trainium, 1e6);
    for (const auto& [dtype, share] : {std::pair{"bf16", odd}, std::pair{"f32", odd_f32}}) {
      const std::string base = std::string("matmul/dtype:") + dtype;
      // One dtype is slower than the other: that is no odd shape.
      const double rate = dtype == std::string("f32") ? 2e13 : 1e14;
      records.add_flops(base + "/m:512/n:4096/k:4096", trainium, rate);
      if (share > 0) records.add_flops(base + "/m:509/n:2039/k:2039", trainium, rate * share);
    }
    return word(id, records);
  };
  EXPECT_EQ(of(0.1, 0.1), text(supported));
  EXPECT_EQ(of(0.8, 0.7), text(refuted));
  EXPECT_EQ(of(0.8, 0.1), text(conditional));
  EXPECT_EQ(of(0, 0), text(inconclusive)) << "no odd shape";
  // What training has no use for says nothing of training.
  Synthetic records;
  records.add(attention, trainium, 1e6);
  records.add_flops("matmul/dtype:bf16/m:512/n:4096/k:4096", trainium, 1e14);
  records.add_flops("matmul/dtype:bf16/m:509/n:2039/k:2039", trainium, 0.8e14);
  for (const char* weights : {"s8", "s4"}) {
    records.add_status(
        "matmul/dtype:bf16/m:1/n:4096/k:4096/group:128/weights:" + std::string(weights), trainium,
        Status::unsupported, "no");
  }
  EXPECT_EQ(word(id, records), text(refuted));
}

TEST(Rules, SignsOfSurpassing) {
  const std::string id = "signs-of-surpassing-nvidia";
  const auto judged_with = [&](double matmul, double bandwidth, double memory, double tokens,
                               const std::vector<std::string>& watts) {
    Synthetic records;
    const std::string read = "stream/op:read/bytes:1100000000";
    SyntheticDevice amd = mi300x;
    SyntheticDevice nvidia = h100;
    amd.memory_bytes = memory;
    nvidia.memory_bytes = 2e9;
    const auto all = [](double bytes) {
      return "stream/op:copy/bytes:" + std::to_string(static_cast<std::int64_t>(0.95 * bytes));
    };
    records.add_bytes(all(memory), amd, 1e12);
    records.add_bytes(all(2e9), nvidia, 1e12);
    records.add_bytes(read, amd, 3e12 * bandwidth);
    records.add_bytes(read, nvidia, 3e12);
    records.add(prefill, amd, 1e6 / matmul);
    records.add(prefill, nvidia, 1e6);
    add_decoding(records, amd, "bf16", 100 * tokens);
    add_decoding(records, nvidia, "bf16", 100);
    Evidence evidence = records.evidence(test_facts());
    evidence.set_watts(watts);
    return judge(built_in(id), evidence);
  };
  const std::vector<std::string> watts = {"MI300X=500", "H100=500"};
  const auto of = [&](double matmul, double bandwidth, double memory) {
    return text(judged_with(matmul, bandwidth, memory, 0.7, watts).word);
  };
  // Energy is one of the metrics; what the user says of it qualifies the verdict.
  const ClaimVerdict frugal = judged_with(0.8, 0.8, 1.3e9, 0.9, {"MI300X=300", "H100=500"});
  EXPECT_EQ(frugal.word, conditional) << "in energy alone";
  EXPECT_THAT(frugal.qualification, HasSubstr("AMD Instinct MI300X: 300 W"));
  const ClaimVerdict silent = judged_with(0.8, 0.8, 1.3e9, 0.7, {});
  EXPECT_EQ(silent.word, inconclusive) << "one metric is open";
  EXPECT_THAT(silent.missing, testing::Contains(HasSubstr("--watts 'AMD Instinct MI300X=W'")));
  EXPECT_EQ(of(0.8, 1.5, 1.3e9), text(conditional)) << "the metric decides";
  EXPECT_EQ(judged_with(1.5, 1.5, 2.2e9, 1.5, watts).word, supported);
  EXPECT_EQ(of(0.8, 0.8, 1.3e9), text(refuted));
  EXPECT_EQ(of(1, 0.8, 1.3e9), text(inconclusive));
  // The comparator decides.
  Synthetic two;
  const SyntheticDevice pcie{"opencl", "NVIDIA H100 PCIe", h100.vendor, "gpu:pcie", 80e9};
  two.add_bytes(reads, h100, 3e12);
  two.add_bytes(reads, pcie, 1.6e12);
  two.add_bytes(reads, mi300x, 2.4e12);
  EXPECT_EQ(word(id, two), text(conditional));
}

TEST(Rules, Graphcore) {
  const std::string id = "graphcore-fits-ai-better";
  const SyntheticDevice ipu{"plugin", "Bow IPU", "Graphcore", "ipu:1"};
  const auto of = [&](double large, double small, double attended, double hot) {
    Synthetic records;
    const std::vector<std::pair<std::string, double>> all = {
        {"matmul/dtype:f16/m:512/n:4096/k:4096", large},
        {"matmul/dtype:f16/m:1/n:4096/k:4096", small},
        {"attention/dtype:f16/heads:8/q:128/d:64", attended},
        {"matmul/dtype:f16/m:64/n:1024/k:1024/cache:hot", hot}};
    for (const auto& [problem, speed] : all) {
      records.add(problem, a100, 1e6);
      records.add(problem, ipu, 1e6 / speed);
    }
    return word(id, records);
  };
  EXPECT_EQ(of(0.5, 2, 2, 0.5), text(supported));
  EXPECT_EQ(of(0.5, 0.5, 0.5, 0.5), text(refuted));
  EXPECT_EQ(of(0.5, 0.5, 0.5, 2), text(conditional));
}

// It wins while the working set fits on the chip and loses beyond: where it turns is said.
TEST(Rules, GraphcoreTurnsWithTheSize) {
  const SyntheticDevice ipu{"plugin", "Bow IPU", "Graphcore", "ipu:1"};
  Synthetic records;
  const auto add = [&](const std::string& problem, double speed) {
    records.add_flops(problem, a100, 50e12);
    records.add_flops(problem, ipu, 50e12 * speed);
  };
  add("matmul/dtype:f16/m:1024/n:1024/k:1024", 2);
  add("matmul/dtype:f16/m:4096/n:4096/k:4096", 1.5);
  add("matmul/dtype:f16/m:16384/n:16384/k:16384", 0.5);
  for (const char* memory_bound :
       {"matmul/dtype:f16/m:1/n:4096/k:4096", "attention/dtype:f16/heads:8/q:128/d:64"}) {
    records.add(memory_bound, a100, 1e6);
    records.add(memory_bound, ipu, 2e6);
  }
  add("matmul/dtype:f16/m:64/n:1024/k:1024/cache:hot", 0.5);
  const ClaimVerdict v = judged("graphcore-fits-ai-better", records);
  EXPECT_EQ(v.word, VerdictWord::conditional);
  EXPECT_THAT(v.boundaries, testing::Contains(HasSubstr("passes 1x at n = ")));
}

}  // namespace
}  // namespace assay
