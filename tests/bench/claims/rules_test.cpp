// Each rule of decision on records whose truth is planted: what supports it, what refutes it, and what
// makes it conditional, where its file has such an outcome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "bench/claims/verdict_text.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using enum VerdictWord;

const std::string chains = "alu/dtype:f32/path:fma/chains:4194304";
const std::string reads = "stream/op:read/bytes:2000000000";

const SyntheticDevice a100{"opencl", "NVIDIA A100-SXM4-80GB", h100.vendor, "gpu:a100", 80e9};

std::string word(const std::string& id, const Synthetic& records) {
  return std::string(name(judged(id, records).word));
}
std::string text(VerdictWord value) { return std::string(name(value)); }

// Lanes x 2 x clock.
void lanes(Synthetic& records, const SyntheticDevice& device, double count) {
  const double hertz = device.clock_mhz.empty() ? 3.55e9 : std::stod(device.clock_mhz) * 1e6;
  records.add_flops(chains, device, 2 * count * hertz);
}

TEST(Rules, MoreLanes) {
  const std::string id = "gpu-has-more-alus-than-cpu";
  const auto of = [&](const SyntheticDevice& gpu, double gpu_lanes, double cpu_lanes) {
    Synthetic records;
    records.add_flops("alu/dtype:s32/path:add/chains:1/steps:32768/units:1", epyc, 3.55e9);
    // A dependent addition takes a GPU four cycles: it is no clock there.
    records.add_flops("alu/dtype:s32/path:add/chains:1/steps:32768/units:1", gpu, 0.44e9);
    lanes(records, epyc, cpu_lanes);
    lanes(records, gpu, gpu_lanes);
    return word(id, records);
  };
  EXPECT_EQ(of(h100, 16896, 1536), text(supported));
  // Of the same year and power class.
  EXPECT_EQ(of(h100, 1000, 1536), text(refuted));
  // A small GPU of another year against a server.
  EXPECT_EQ(of(b580, 1000, 1536), text(conditional));
}

TEST(Rules, ProcessesMore) {
  const std::string id = "gpu-processes-more-than-cpu";
  const auto of = [&](double one, double many, double bandwidth) {
    Synthetic records;
    for (const std::string dtype : {"f32", "bf16"}) {
      for (const auto& [m, factor] : {std::pair{"1", one}, std::pair{"512", many}}) {
        const std::string p = "matmul/dtype:" + dtype + "/m:" + m + "/n:4096/k:4096";
        records.add(p, h100, 4e6);
        records.add(p, epyc, 4e6 * factor);
      }
    }
    for (const std::string layout : {"nn", "tn"}) {
      const std::string p = "matmul/dtype:f32/m:512/n:4096/k:4096/layout:" + layout;
      records.add(p, h100, 4e6);
      records.add(p, epyc, 4e6 * many);
    }
    records.add_bytes("stream/op:triad/bytes:1073741824", h100, 0.4e12 * bandwidth);
    records.add_bytes("stream/op:triad/bytes:1073741824", epyc, 0.4e12);
    return judged(id, records);
  };
  EXPECT_EQ(of(3, 9, 7).word, supported);
  EXPECT_EQ(of(0.3, 0.4, 0.5).word, refuted);
  const ClaimVerdict turns = of(0.25, 4, 7);
  EXPECT_EQ(turns.word, conditional);
  // Straight between 0.25 at 1 and 4 at 512 rows: the square root of 512.
  EXPECT_THAT(turns.boundaries, testing::Contains(HasSubstr("passes 1x at m = 2")));
}

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

TEST(Rules, NoAlternative) {
  const std::string id = "no-alternative-to-nvidia";
  const auto of = [&](double matmul, double attended, double bandwidth) {
    Synthetic records;
    records.add(prefill, h100, 1e6);
    records.add(attention, h100, 1e6);
    records.add_bytes(reads, h100, 3e12);
    records.add(prefill, mi300x, 1e6 / matmul);
    records.add(attention, mi300x, 1e6 / attended);
    records.add_bytes(reads, mi300x, 3e12 * bandwidth);
    return word(id, records);
  };
  EXPECT_EQ(of(0.3, 0.4, 0.34), text(supported));
  EXPECT_EQ(of(1.1, 1.1, 1.2), text(refuted));
  EXPECT_EQ(of(1.1, 1.12, 0.34), text(conditional)) << "its best ratio is no half";
  // An alternative in one dtype only, and for one kernel only.
  Synthetic by_dtype;
  for (const auto& [dtype, speed] : {std::pair{"f32", 9.0}, std::pair{"bf16", 0.4}}) {
    const std::string p = std::string("matmul/dtype:") + dtype + "/m:512/n:4096/k:4096";
    by_dtype.add(p, h100, 1e6);
    by_dtype.add(p, mi300x, 1e6 / speed);
  }
  by_dtype.add(attention, h100, 1e6);
  by_dtype.add_bytes(reads, h100, 3e12);
  by_dtype.add_bytes(reads, mi300x, 3.6e12);
  by_dtype.add(attention, mi300x, 0.9e6);
  EXPECT_EQ(word(id, by_dtype), text(conditional));
  Synthetic by_kernel;
  by_kernel.add(prefill, h100, 1e6);
  by_kernel.add(prefill, mi300x, 0.8e6);
  by_kernel.add(attention, h100, 1e6);
  by_kernel.add_status(attention, mi300x, Status::unsupported, "no attention here");
  by_kernel.add_bytes(reads, h100, 3e12);
  by_kernel.add_bytes(reads, mi300x, 3.6e12);
  const ClaimVerdict v = judged(id, by_kernel);
  EXPECT_EQ(v.word, conditional);
  std::ostringstream printed;
  print_verdicts(std::vector<ClaimVerdict>{v}, false, printed);
  EXPECT_THAT(printed.str(), HasSubstr("none of 1 problems runs: no attention here"));
  EXPECT_THAT(printed.str(), HasSubstr("[refuted]")) << "one of each";
}

TEST(Rules, NoAlternativeNeedsEveryOtherDevice) {
  const std::string id = "no-alternative-to-nvidia";
  const auto of = [&](double speed) {
    Synthetic records;
    for (const auto& [device, ns] : {std::pair{&h100, 1e6}, std::pair{&mi300x, 1e6 / speed}}) {
      records.add(prefill, *device, ns);
      records.add(attention, *device, ns);
      records.add_bytes(reads, *device, 3e15 / ns);
    }
    return records;
  };
  Synthetic slow = of(0.3);
  EXPECT_EQ(word(id, slow), text(supported));
  // Another accelerator that was never asked for any of it.
  slow.add("alu/dtype:f32/path:fma/chains:4194304", b580, 1e6);
  const ClaimVerdict open = judged(id, slow);
  EXPECT_EQ(open.word, inconclusive);
  EXPECT_THAT(open.missing, testing::Contains(HasSubstr("on Intel Arc B580")));
  // One alternative is enough, whatever the others would be.
  Synthetic fast = of(1.3);
  fast.add("alu/dtype:f32/path:fma/chains:4194304", b580, 1e6);
  EXPECT_EQ(word(id, fast), text(refuted));
}

TEST(Rules, LockInByDtype) {
  Synthetic records;
  for (const SyntheticDevice* device : {&h100, &mi300x}) {
    SyntheticDevice own = *device;
    own.backend = device == &h100 ? "cublas" : "rocblas";
    for (const auto& [dtype, factor] : {std::pair{"f32", 1.05}, std::pair{"bf16", 3.0}}) {
      const std::string p = std::string("matmul/dtype:") + dtype + "/m:512/n:4096/k:4096";
      records.add(p, *device, 1e6 * factor);
      records.add(p, own, 1e6);
    }
  }
  EXPECT_EQ(word("cuda-lock-in", records), text(conditional));
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

// The vector unit's rate of the same dtype is what counts.
TEST(Rules, DedicatedUnits) {
  const std::string id = "dedicated-units-needed";
  const std::string matrix = "alu/dtype:f16/path:matrix/chains:4194304";
  const std::string vector = "alu/dtype:f16/path:fma/chains:4194304";
  const auto plant = [&](Synthetic& records, const SyntheticDevice& device, double gain) {
    records.add_flops(matrix, device, 1e14 * gain);
    records.add_flops(vector, device, 1e14);
    records.add_flops(chains, device, 6e13);
  };
  Synthetic much;
  plant(much, h100, 7);
  EXPECT_EQ(word(id, much), text(supported));
  Synthetic none;
  plant(none, h100, 1);
  EXPECT_EQ(word(id, none), text(refuted));
  Synthetic both = much;
  plant(both, mi300x, 1);
  EXPECT_EQ(word(id, both), text(conditional));
  // f32 gains nothing where there are matrix instructions, and none of f32.
  const std::string of_f32 = "alu/dtype:f32/path:matrix/chains:4194304";
  Synthetic by_dtype = much;
  by_dtype.add_status(of_f32, h100, Status::unsupported, "no instruction of ours");
  const ClaimVerdict v = judged(id, by_dtype);
  EXPECT_EQ(v.word, conditional);
  const auto f32 =
      std::ranges::find(v.findings, "dtype:f32", [](const auto& f) { return f.reading.condition; });
  ASSERT_NE(f32, v.findings.end());
  EXPECT_EQ(f32->reading.value.value, 1);
  EXPECT_EQ(f32->ruling, Ruling::refuted);
  EXPECT_THAT(f32->reading.note, HasSubstr("no instruction of ours"));
  // Of one that shows none at all the harness may merely know none.
  Synthetic silent;
  silent.add_flops(chains, h100, 6e13);
  silent.add_flops(vector, h100, 1e14);
  silent.add_status(of_f32, h100, Status::unsupported, "no instruction of ours");
  silent.add_status(matrix, h100, Status::unsupported, "no instruction of ours");
  EXPECT_EQ(word(id, silent), text(not_measurable));
}

TEST(Rules, SpecialisedForParallelism) {
  const std::string id = "gpu-specialised-for-parallelism";
  const auto of = [&](double growth) {
    Synthetic records;
    records.add_flops("alu/dtype:f32/path:fma/chains:24576/units:1", h100, 4e11);
    records.add_flops("alu/dtype:f32/path:fma/chains:6291456/units:256", h100, 4e11 * growth);
    records.add_bytes("stream/op:read/bytes:1073741824/units:1", h100, 50e9);
    records.add_bytes("stream/op:read/bytes:1073741824/units:64", h100, 2640e9);
    const std::string one = "alu/dtype:s32/path:add/steps:32768/units:1/chains:";
    records.add_flops(one + "1", h100, 0.44e9);
    records.add_flops(one + "4096", h100, 1800e9);  // a work-group is no thread
    records.add_flops(one + "1", epyc, 3.55e9);
    const ClaimVerdict v = judged(id, records);
    EXPECT_EQ(v.shown.size(), 1U);
    EXPECT_NEAR(v.shown.front().reading.value.value, 2640.0 / 50 / 132, 0.01);
    return text(v.word);
  };
  EXPECT_EQ(of(130), text(supported));
  EXPECT_EQ(of(1.1), text(refuted));
  EXPECT_EQ(of(0.9), text(refuted)) << "one work-group is the fastest: no growth";
  EXPECT_EQ(of(66), text(conditional));
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

// The elasticity says which of the two it is, of whichever side is there.
TEST(Rules, UnitsOrBandwidth) {
  Synthetic records;
  for (const auto& [m, ns] :
       {std::pair{"1", 1e6}, std::pair{"16", 1.02e6}, std::pair{"512", 32e6}}) {
    records.add(std::string("matmul/dtype:bf16/m:") + m + "/n:4096/k:4096", cpu_onednn, ns);
  }
  const ClaimVerdict v = judged("gpu-processes-more-than-cpu", records);
  EXPECT_EQ(v.word, not_measurable);
  ASSERT_EQ(v.shown.size(), 3U);
  EXPECT_EQ(v.shown[0].test, "fastest matmul of the CPU") << "the side that is there";
  EXPECT_EQ(v.shown[1].reading.condition, "dtype:bf16, m:1 to 16");
  EXPECT_NEAR(v.shown[1].reading.value.value, 0, 0.02);
  EXPECT_THAT(v.shown[1].reading.note, HasSubstr("bandwidth or latency decides"));
  EXPECT_EQ(v.shown[2].reading.condition, "dtype:bf16, m:16 to 512");
  EXPECT_NEAR(v.shown[2].reading.value.value, 1, 0.02);
  EXPECT_THAT(v.shown[2].reading.note, HasSubstr("its units decide"));
}

}  // namespace
}  // namespace assay
