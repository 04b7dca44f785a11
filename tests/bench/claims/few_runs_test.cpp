// Records that add sizes, problems or devices of too few runs leave a verdict as it is, in both
// directions: only the number of runs leaves something out, never what it measured.
#include "bench/claims/few_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bench/claims/verdict_text.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using enum VerdictWord;

const std::string lighter = "lighter-models-move-to-device";
const std::string realistic = "mi300x-realistic-alternative";
const SyntheticDevice other_cpu{"onednn", "Other CPU", "Intel", "cpu:Other CPU", 32e9};

// 16-bit products of m rows and quantised ones that take `factor` of their time.
void quantised(Synthetic& records, const std::string& m, double factor, int runs,
               const SyntheticDevice& device = cpu_onednn) {
  const std::string base = "matmul/dtype:bf16/m:" + m + "/n:4096/k:4096";
  records.add(base, device, 1e6, 0.002, runs);
  records.add(base + "/weights:s4/group:128", device, 1e6 * factor, 0.002, runs);
}

Synthetic cached() {
  Synthetic records;
  const std::string p = "attention/dtype:bf16/heads:32/kv_heads:8/q:1/kv:4096/d:128";
  records.add(p, cpu_onednn, 1e6, 0.002);
  records.add(p + "/kv_dtype:s8", cpu_onednn, 6e5, 0.002);
  return records;
}

// Of one size that is quicker or slower when quantised, whatever a size of few runs says.
TEST(FewRuns, ASizeOfTooFewRunsChangesNothing) {
  for (const auto& [factor, expected] : {std::pair{0.5, supported}, std::pair{2.0, refuted}}) {
    for (const double few : {0.3, 3.0}) {
      for (const int runs : {1, 4, 9}) {
        Synthetic records = cached();
        quantised(records, "1", factor, 10);
        EXPECT_EQ(judged(lighter, records).word, expected);
        EXPECT_THAT(judged(lighter, records).left_out, IsEmpty());
        quantised(records, "2048", few, runs);
        const ClaimVerdict v = judged(lighter, records);
        EXPECT_EQ(v.word, expected) << factor << " " << few << " " << runs;
        EXPECT_THAT(v.left_out, Contains(AllOf(HasSubstr("m:2048"),
                                               HasSubstr(std::to_string(runs) + " of 10 runs"))));
      }
    }
  }
}

TEST(FewRuns, ItDoesNotTakeWhatIsConditionalForSupported) {
  Synthetic records = cached();
  quantised(records, "1", 0.5, 10);
  quantised(records, "512", 2, 10);
  EXPECT_EQ(judged(lighter, records).word, conditional);
  for (const double few : {0.3, 3.0}) {
    Synthetic more = records;
    quantised(more, "2048", few, 4);
    EXPECT_EQ(judged(lighter, more).word, conditional);
  }
}

// Enough runs stay in, whatever they say: the tenth run of a size that contradicts counts.
TEST(FewRuns, TheNumberOfRunsDecidesAlone) {
  for (const int runs : {9, 10}) {
    Synthetic records = cached();
    quantised(records, "1", 0.5, 10);
    quantised(records, "512", 2, runs);
    EXPECT_EQ(judged(lighter, records).word, runs == 10 ? conditional : supported);
  }
}

// Runs that were made and don't count are no reason to leave the size out.
TEST(FewRuns, ThrottlingLeavesNothingOut) {
  Synthetic records = cached();
  quantised(records, "1", 0.5, 10);
  quantised(records, "512", 2, 12);
  for (Launch& launch : records.document().records.back().launches) {
    if (launch.index < 5) launch.samples_ns.resize(5);
  }
  const ClaimVerdict v = judged(lighter, records);
  EXPECT_EQ(v.word, inconclusive);
  EXPECT_THAT(v.left_out, IsEmpty());
}

// Ten runs of which five count don't put others aside: nothing is decided either way.
TEST(FewRuns, OnlyRunsThatCountLeaveOthersOut) {
  Synthetic records;
  records.add(decode, cpu_onednn, 1e6, 0.02, 10);
  for (Launch& launch : records.document().records.back().launches) {
    if (launch.index < 5) launch.samples_ns.resize(5);
  }
  records.add(prefill, cpu_onednn, 32e6, 0.02, 4);
  const ClaimVerdict v = judged("gpu-processes-more-than-cpu", records);
  ASSERT_FALSE(v.shown.empty());
  EXPECT_THAT(v.shown[0].why, HasSubstr("4 of 10 runs")) << "the fastest there is";
  EXPECT_THAT(v.left_out, IsEmpty());
}

TEST(FewRuns, WhereNoneHasEnoughItIsInconclusive) {
  Synthetic records = cached();
  quantised(records, "1", 0.5, 9);
  quantised(records, "512", 0.5, 4);
  const ClaimVerdict v = judged(lighter, records);
  EXPECT_EQ(v.word, inconclusive);
  EXPECT_THAT(v.left_out, IsEmpty());
  std::ostringstream out;
  print_verdicts(std::vector{v}, false, out);
  EXPECT_THAT(out.str(), HasSubstr("of 10 runs a side"));
}

// Of a mean over problems.
TEST(FewRuns, AProblemOfASuite) {
  for (const auto& [factor, expected] : {std::pair{1.0, supported}, std::pair{3.0, refuted}}) {
    for (const double few : {0.1, 10.0}) {
      Synthetic records = two_vendors(factor, factor, factor);
      const std::string large = "matmul/dtype:bf16/m:2048/n:4096/k:4096";
      records.add(large, h100, 1e6, 0.002, 4);
      records.add(large, mi300x, 1e6 * few, 0.002, 10);
      const ClaimVerdict v = judged(realistic, records);
      EXPECT_EQ(v.word, expected) << factor << " " << few;
      EXPECT_THAT(v.left_out, Contains(HasSubstr("m:2048/n:4096/k:4096 (opencl): 4 of 10 runs")));
    }
  }
}

// Measured in a run of its own, its partner in another: of runs of both there is none.
TEST(FewRuns, AProblemNeverMeasuredInTurns) {
  const std::string large = "matmul/dtype:bf16/m:2048/n:4096/k:4096";
  Synthetic one;
  one.add(large, h100, 1e6);
  Synthetic other;
  other.add(large, mi300x, 9e6);
  Evidence evidence(test_facts());
  evidence.add("both.json", two_vendors(1, 1, 1).document());
  evidence.add("one.json", one.document());
  evidence.add("other.json", other.document());
  const ClaimVerdict v = judge(built_in(realistic), evidence);
  EXPECT_EQ(v.word, supported);
  EXPECT_THAT(v.left_out, Contains(HasSubstr("never measured in turns")));
}

TEST(FewRuns, ADeviceOfTooFewRuns) {
  for (const double few : {0.3, 3.0}) {
    for (const auto& [factor, expected] : {std::pair{0.5, supported}, std::pair{2.0, refuted}}) {
      Synthetic records = cached();
      quantised(records, "1", factor, 10);
      quantised(records, "1", few, 4, other_cpu);
      const ClaimVerdict v = judged(lighter, records);
      EXPECT_EQ(v.word, expected) << factor << " " << few;
      EXPECT_THAT(v.left_out, Contains(HasSubstr("Other CPU")));
    }
  }
  // With enough it counts.
  Synthetic records = cached();
  quantised(records, "1", 0.5, 10);
  quantised(records, "1", 3, 10, other_cpu);
  EXPECT_EQ(judged(lighter, records).word, conditional);
}

// Bytes need no runs: a device whose formats contradict stays, whatever its times lack.
TEST(FewRuns, ADeviceThatContradictsStays) {
  Synthetic records = cached();
  quantised(records, "1", 0.5, 10);
  const std::string base = "matmul/dtype:bf16/m:1/n:4096/k:4096";
  records.add(base, other_cpu, 1e6, 0.002, 4);
  records.add(base + "/weights:s4/group:8", other_cpu, 5e5, 0.002, 4);
  EXPECT_EQ(judged(lighter, records).word, inconclusive);
}

// The claim is of every other device.
TEST(FewRuns, ADeviceThatTheClaimAsksForIsMissed) {
  const std::string id = "no-alternative-to-nvidia";
  const std::string read = "stream/op:read/bytes:2000000000";
  Synthetic records = two_vendors(4, 4, 4);
  records.add_bytes(read, h100, 3e12);
  records.add_bytes(read, mi300x, 1e12);
  EXPECT_EQ(judged(id, records).word, supported);
  for (const std::string& problem : {prefill, decode, attention}) {
    records.add(problem, b580, 9e6, 0.02, 4);
  }
  records.add_bytes(read, b580, 0.5e12, 0.002, 4);
  EXPECT_EQ(judged(id, records).word, inconclusive);
}

// A size of few runs between two others, and a kernel's fastest backend.
TEST(FewRuns, ElasticityAndTheFastestBackend) {
  Synthetic records;
  const auto product = [](int m) {
    return "matmul/dtype:bf16/m:" + std::to_string(m) + "/n:4096/k:4096";
  };
  records.add(product(1), cpu_onednn, 1e6);
  records.add(product(16), cpu_onednn, 1.02e6);
  records.add(product(4), cpu_onednn, 9e6, 0.02, 3);
  records.add(product(1), cpu_opencl, 1e5, 0.02, 3);
  const ClaimVerdict v = judged("gpu-processes-more-than-cpu", records);
  ASSERT_EQ(v.shown.size(), 2U);
  EXPECT_EQ(v.shown[0].reading.least_runs, 10);
  EXPECT_EQ(v.shown[1].reading.condition, "dtype:bf16, m:1 to 16");
  EXPECT_EQ(v.shown[1].why, "");
}

}  // namespace
}  // namespace assay
