// What a verdict may rest on, and what is reported and not used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/claims/verdict_text.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string realistic = "mi300x-realistic-alternative";

bool widened_of(const ClaimVerdict& v, const std::string& test) {
  return std::ranges::find(v.findings, test, &ClaimFinding::test)->widened;
}

TEST(VerdictEvidence, TwoBoardsAreNotWidened) {
  Synthetic records = two_vendors(1.23, 0.8, 0.8, 0.002);
  // One row of a second board says nothing of the other cases.
  SyntheticDevice second_h100 = h100;
  SyntheticDevice second_mi300x = mi300x;
  second_h100.hardware += "b";
  second_mi300x.hardware += "b";
  records.add(prefill, second_h100, 1e6, 0.002);
  records.add(prefill, second_mi300x, 1.23e6, 0.002);
  EXPECT_TRUE(widened_of(judged(realistic, records), "decode matmul, MI300X over H100"));
  EXPECT_FALSE(widened_of(judged(realistic, records), "prefill matmul, MI300X over H100"));
  records.add(decode, second_h100, 2e5, 0.002);
  records.add(attention, second_h100, 4e5, 0.002);
  records.add(decode, second_mi300x, 1.6e5, 0.002);
  records.add(attention, second_mi300x, 3.2e5, 0.002);
  EXPECT_EQ(judged(realistic, records).word, VerdictWord::supported);
}

TEST(VerdictEvidence, OneBoardInTwoContainersIsOneBoard) {
  const Synthetic records = two_vendors(1, 1, 1);
  Evidence evidence(test_facts());
  evidence.add("a.json", records.document());
  RunDocument other = two_vendors(1, 1, 1, 0.03).document();
  other.context["host_name"] = "another";
  evidence.add("b.json", other);
  for (const DeviceModel& model : evidence.models()) {
    EXPECT_EQ(model.cases.front().boards.size(), 1U);
    EXPECT_EQ(model.cases.front().runs_ns.size(), 20U);
  }
}

TEST(VerdictEvidence, CoverageCountsWhatWasTried) {
  Synthetic records;
  records.add(prefill, h100, 1e6);
  for (int n = 0; n < 12; ++n) {
    const std::string problem = "matmul/dtype:f32/m:512/n:" + std::to_string(64 + n) + "/k:64";
    records.add_status(problem, mi300x, Status::unsupported, "no f32");
  }
  records.add(prefill, mi300x, 1e6);
  const ClaimVerdict v = judged("no-alternative-to-nvidia", records);
  EXPECT_EQ(v.word, VerdictWord::supported);
  EXPECT_THAT(v.findings.front().reading.note, HasSubstr("1 of 13"));
}

TEST(VerdictEvidence, WhatWasNotTriedIsOpen) {
  Synthetic records = two_vendors(1, 1, 1);
  for (int n = 0; n < 11; ++n) {
    records.add("matmul/dtype:bf16/m:512/n:" + std::to_string(64 + n) + "/k:64", h100, 1e5);
  }
  const ClaimVerdict v = judged("no-alternative-to-nvidia", records);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  EXPECT_THAT(v.findings.front().why, HasSubstr("11 of 14 problems not tried"));
}

TEST(VerdictEvidence, AnyCaseAboveThePeakIsInvalid) {
  Synthetic records = two_vendors(1, 1, 1);
  records.add("matmul/dtype:bf16/m:4096/n:4096/k:4096", h100, 2e5);
  records.add("matmul/dtype:bf16/m:4096/n:4096/k:4096", mi300x, 1e3);
  const ClaimVerdict v = judged(realistic, records);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  bool said = false;
  for (const ClaimFinding& f : v.findings) said = said || f.why.starts_with("INVALID");
  EXPECT_TRUE(said);
}

TEST(VerdictEvidence, FailedVerificationIsRemembered) {
  const Synthetic right = two_vendors(1, 1, 1);
  Synthetic wrong;
  wrong.add_status(prefill, mi300x, Status::wrong, "error 3x tolerance");
  for (const bool first : {false, true}) {
    Evidence evidence(test_facts());
    if (first) evidence.add("wrong.json", wrong.document());
    evidence.add("right.json", right.document());
    if (!first) evidence.add("wrong.json", wrong.document());
    const ClaimVerdict v = judge(built_in(realistic), evidence);
    EXPECT_EQ(v.word, VerdictWord::refuted) << "2 of 3 problems";
    EXPECT_THAT(v.wrong, Contains(HasSubstr("error 3x tolerance")));
  }
}

// A faster case of another run has no partner there.
TEST(VerdictEvidence, PairsAreOfOneRun) {
  const Synthetic both = two_vendors(1, 1, 1);
  Synthetic alone;
  for (const std::string& problem : {prefill, decode, attention}) alone.add(problem, h100, 1e5);
  alone.document().context["assay"]["build"]["source_revision"] = "later";
  Evidence evidence(test_facts());
  evidence.add("both.json", both.document());
  evidence.add("alone.json", alone.document());
  EXPECT_EQ(judge(built_in(realistic), evidence).word, VerdictWord::supported);
}

TEST(VerdictEvidence, SidesThatWereNotInterleavedDecideNothing) {
  Synthetic one;
  Synthetic other;
  for (const std::string& problem : {prefill, decode, attention}) {
    one.add(problem, h100, 1e6);
    other.add(problem, mi300x, 1e6);
  }
  Evidence evidence(test_facts());
  evidence.add("h100.json", one.document());
  evidence.add("mi300x.json", other.document());
  const ClaimVerdict v = judge(built_in(realistic), evidence);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  EXPECT_THAT(v.findings.back().why, HasSubstr("no run holds both sides"));
}

TEST(VerdictEvidence, AboveThePublishedPeakIsInvalid) {
  // 4096^3 in 1 us: 137 PFLOP/s.
  Synthetic impossible;
  impossible.add("matmul/dtype:bf16/m:4096/n:4096/k:4096", h100, 1e3);
  impossible.add("matmul/dtype:bf16/m:4096/n:4096/k:4096", cpu_onednn, 1e9);
  const std::string text = R"(id = "x"
class = "measurable"
[statement]
language = "en"
original = "x"
english = "x"
[source]
document = "d"
date = "2024"
[side.gpu]
label = "a GPU"
kind = "gpu"
[[quantity]]
name = "q"
measure = "best"
side = "gpu"
cases = "matmul"
[[test]]
name = "t"
quantity = "q"
support = "low > 1"
refute = "high < 1"
)";
  const Claim claim = parse_claim("x.toml", text, test_facts());
  const Evidence wrong = impossible.evidence(test_facts());
  const ClaimVerdict v = judge(claim, wrong);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  EXPECT_THAT(v.findings.front().why, HasSubstr("INVALID"));
}

TEST(VerdictEvidence, RunsThatThrottledDoNotCount) {
  Synthetic records = two_vendors(1, 0.8, 0.9);
  records.document().records.back().labels = {"throttled"};
  const ClaimVerdict v = judged(realistic, records);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
}

// One vendor runs all of the suite; what the others do with the rest of it isn't known.
TEST(VerdictEvidence, VendorsThatWereNotAskedMayBeMore) {
  Synthetic records = two_vendors(1, 1, 1);
  records.add(prefill, b580, 9e6);
  for (int n = 0; n < 18; ++n) {
    records.add("matmul/dtype:bf16/m:512/n:" + std::to_string(64 + n) + "/k:64", h100, 1e5);
  }
  const ClaimVerdict v = judged("heterogeneous-chip-platform", records);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  EXPECT_EQ(v.findings.front().interval.low, 1);
  EXPECT_EQ(v.findings.front().interval.high, 3);
}

// What makers' short names hide is told by instruction sets.
TEST(VerdictEvidence, TwoProcessorsOfOneNameAreTwo) {
  Evidence evidence(test_facts());
  for (const char* isa : {"avx2", "avx512f", "avx2"}) {
    Synthetic records;
    records.add(decode, cpu_onednn, 1e6);
    records.document().context["assay"]["processor"]["isa"] = {isa};
    evidence.add(isa, records.document());
  }
  ASSERT_EQ(evidence.models().size(), 2U);
  EXPECT_EQ(evidence.models().back().name, evidence.models().front().name + " #2");
}

// A virtual machine has some processors of a package.
TEST(VerdictEvidence, AShareOfAPackageIsNotThePackage) {
  const auto with = [](bool machine, int processors) {
    Synthetic records;
    records.add_flops("alu/dtype:s32/path:add/chains:1/steps:32768/units:1", epyc, 3.55e9);
    records.add_flops("alu/dtype:f32/path:fma/chains:4194304", epyc, 2 * 32 * 3.55e9);
    records.add_flops("alu/dtype:f32/path:fma/chains:4194304", h100, 2 * 16896 * 1.755e9);
    for (const std::string dtype : {"f32", "bf16"}) {
      for (const std::string layout : {"nt", "nn", "tn"}) {
        const std::string p = "matmul/dtype:" + dtype + "/m:512/n:4096/k:4096/layout:" + layout;
        records.add(p, h100, 4e6);
        records.add(p, epyc, 4e7);
      }
    }
    records.add_bytes("stream/op:triad/bytes:1073741824", h100, 2e12);
    records.add_bytes("stream/op:triad/bytes:1073741824", epyc, 0.04e12);
    nlohmann::json& processor = records.document().context["assay"]["processor"];
    processor["virtual_machine"] = machine;
    processor["logical_processors"] = processors;
    return records;
  };
  const std::string lanes = "gpu-has-more-alus-than-cpu";
  const std::string more = "gpu-processes-more-than-cpu";
  const ClaimVerdict open = judged(lanes, with(true, 2));
  EXPECT_EQ(open.word, VerdictWord::inconclusive) << "two cores have fewer lanes than any GPU";
  EXPECT_THAT(open.findings.front().why, HasSubstr("2 processors of a virtual machine"));
  const ClaimVerdict qualified = judged(more, with(true, 2));
  EXPECT_EQ(qualified.word, VerdictWord::supported);
  EXPECT_EQ(qualified.qualification,
            "not a whole package, AMD EPYC 9654: 2 processors of a virtual machine");
  // All 96 cores of it, or no virtual machine.
  for (const Synthetic& whole : {with(true, 192), with(false, 2)}) {
    EXPECT_EQ(judged(lanes, whole).word, VerdictWord::supported);
    EXPECT_EQ(judged(more, whole).qualification, "");
  }
}

// Runs that don't count are not the same as none.
TEST(VerdictEvidence, SaysWhatWasLeftOut) {
  Synthetic records;
  records.add_bytes("stream/op:read/bytes:2000000000", mi300x, 4e12);
  records.document().records.back().labels = {"throttled"};
  records.add_status("stream/op:copy/bytes:2000000000", mi300x, Status::wrong,
                     "error 3x tolerance");
  records.add_bytes("stream/op:read/bytes:2000000000", h100, 3e12);
  const ClaimVerdict v = judged("mi300x-bandwidth-1p6x", records);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  EXPECT_THAT(v.missing, testing::Contains(HasSubstr("10 runs of `stream")));
  EXPECT_THAT(v.missing, testing::Contains(HasSubstr("not used: error 3x tolerance")));
}

// Streams are among the records, and a cache may hold them: that isn't the same as none.
TEST(VerdictEvidence, SaysThatCachesMayHoldStreams) {
  const std::string gibibyte = "stream/op:triad/bytes:1073741824";
  const auto missing = [&](double cache_bytes, const std::string& problem) {
    Synthetic records;
    records.add_bytes(problem, epyc, 0.4e12);
    records.add_bytes(problem, h100, 2e12);
    for (auto& device : records.document().context["assay"]["devices"]) {
      if (device["name"] == epyc.name) device["cache_bytes"] = cache_bytes;
    }
    const ClaimVerdict v = judged("gpu-processes-more-than-cpu", records);
    std::string all;
    for (const std::string& each : v.missing) all += each + "\n";
    return all;
  };
  constexpr double mebibyte = 1024.0 * 1024;
  const std::string note =
      "10 runs of `stream op=triad,triad_nt` on AMD EPYC 9654 are left out: its caches may hold "
      "the "
      "arrays, which count from four times the last-level cache (315 MB) on";
  EXPECT_THAT(missing(300 * mebibyte, gibibyte), HasSubstr(note));
  EXPECT_THAT(missing(30 * mebibyte, gibibyte), testing::Not(HasSubstr("caches may hold")));
  // The largest that the suite of claims measures.
  EXPECT_THAT(missing(300 * mebibyte, "stream/op:triad/bytes:2147483640"),
              testing::Not(HasSubstr("caches may hold")));
}

TEST(VerdictEvidence, DisputedCeilingsAreSaid) {
  Synthetic records;
  records.add_flops("alu/dtype:s32/path:add/chains:1/steps:32768/units:1", epyc, 3.55e9);
  records.add_flops("alu/dtype:f32/path:fma/chains:4194304", epyc, 1e13);
  records.add_flops("alu/dtype:f32/path:fma/chains:4194304", h100, 5e13);
  const ClaimVerdict v = judged("gpu-has-more-alus-than-cpu", records);
  ASSERT_FALSE(v.findings.empty());
  EXPECT_THAT(finding_text(v.findings.front()), HasSubstr("dense peak on record disputed"));
}

TEST(VerdictEvidence, UnverifiedFiguresDecideNothing) {
  const std::string text = R"(id = "x"
class = "datasheet"
[statement]
language = "en"
original = "x"
english = "x"
[source]
document = "d"
date = "2024"
[[quantity]]
name = "q"
measure = "fact"
fact = { device = "AMD EPYC 9654", figure = "lanes" }
[[test]]
name = "t"
quantity = "q"
support = "value >= 1000"
refute = "value < 1000"
)";
  const Claim claim = parse_claim("x.toml", text, test_facts());
  const Evidence evidence = Synthetic().evidence(test_facts());
  const ClaimVerdict v = judge(claim, evidence);
  EXPECT_EQ(v.word, VerdictWord::inconclusive);
  EXPECT_THAT(v.findings.front().why, HasSubstr("unverified"));
}

}  // namespace
}  // namespace assay
