// Rules on arithmetic units and what they process, on records whose truth is planted: what supports a
// claim, what refutes it, and what makes it conditional, where its file has such an outcome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using enum VerdictWord;

const std::string chains = "alu/dtype:f32/path:fma/chains:4194304";

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
