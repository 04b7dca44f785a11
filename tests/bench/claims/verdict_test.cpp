#include "bench/claims/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/claims/verdict_text.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string realistic = "mi300x-realistic-alternative";

TEST(Verdict, Supported) {
  const ClaimVerdict v = judged(realistic, two_vendors(1, 0.8, 0.9));
  EXPECT_EQ(v.word, VerdictWord::supported);
  EXPECT_EQ(v.grade, Grade::measured);
  EXPECT_EQ(v.qualification, "");
  EXPECT_THAT(v.records, Contains("synthetic.json"));
}

TEST(Verdict, Refuted) {
  Synthetic records = two_vendors(3, 3, 3);
  EXPECT_EQ(judged("mi300x-realistic-alternative", records).word, VerdictWord::refuted);
}

TEST(Verdict, ConditionalByRegime) {
  const ClaimVerdict v = judged(realistic, two_vendors(1, 3, 1));
  EXPECT_EQ(v.word, VerdictWord::conditional);
  EXPECT_EQ(judged(realistic, two_vendors(1.5, 1.5, 1.5)).word, VerdictWord::conditional);
}

TEST(Verdict, ARegimeThatIsOpenLeavesTheWholeSuitesVerdict) {
  // The whole suite lies between the margins; attention lies on one of them.
  EXPECT_EQ(judged(realistic, two_vendors(1.5, 1.5, 1.25)).word, VerdictWord::conditional);
  EXPECT_EQ(judged(realistic, two_vendors(1, 1, 1.25)).word, VerdictWord::supported);
  EXPECT_EQ(with_conditions(Ruling::supported, {}), Ruling::supported);
  const std::vector<Ruling> open = {Ruling::inconclusive, Ruling::missing};
  EXPECT_EQ(with_conditions(Ruling::supported, open), Ruling::supported);
  EXPECT_EQ(with_conditions(Ruling::inconclusive, open), Ruling::inconclusive);
  const std::vector<Ruling> differing = {Ruling::supported, Ruling::refuted};
  EXPECT_EQ(with_conditions(Ruling::inconclusive, differing), Ruling::between);
  EXPECT_EQ(with_conditions(Ruling::missing, differing), Ruling::missing);
  const std::vector<Ruling> against = {Ruling::refuted};
  EXPECT_EQ(with_conditions(Ruling::supported, against), Ruling::between);
  EXPECT_EQ(with_conditions(Ruling::refuted, against), Ruling::refuted);
}

TEST(Verdict, InconclusiveSaysWhatCouldHaveBeenSeen) {
  // Within the 5 % that one board's figure is widened by.
  const ClaimVerdict near = judged(realistic, two_vendors(1.23, 1.23, 1.23));
  EXPECT_EQ(near.word, VerdictWord::inconclusive);
  bool said = false;
  for (const ClaimFinding& f : near.findings) {
    said = said || f.why.find("would have supported") != std::string::npos;
  }
  EXPECT_TRUE(said);
  const ClaimVerdict few = judged(realistic, two_vendors(1, 1, 1, 0.02, 9));
  EXPECT_EQ(few.word, VerdictWord::inconclusive);
  EXPECT_THAT(few.findings.back().why, HasSubstr("9 of 10 runs"));
}

TEST(Verdict, AbsentHardwareAlwaysSaysSo) {
  Synthetic cpu_only;
  for (const std::string& problem : {prefill, decode, attention}) {
    cpu_only.add(problem, cpu_onednn, 1e6);
    cpu_only.add(problem, cpu_opencl, 2e6);
  }
  const Evidence evidence = cpu_only.evidence(test_facts());
  for (const Claim& claim : built_in_claims(test_facts())) {
    if (claim.kind != ClaimClass::measurable) continue;
    const ClaimVerdict v = judge(claim, evidence);
    if (claim.id == "lighter-models-move-to-device" ||
        claim.id == "squeezebits-reduces-memory-and-compute") {
      continue;  // any device will do
    }
    EXPECT_EQ(v.word, VerdictWord::not_measurable) << claim.id;
    EXPECT_FALSE(v.missing.empty()) << claim.id;
    EXPECT_FALSE(claim.absent.empty()) << claim.id;
    EXPECT_TRUE(v.findings.empty()) << claim.id;
    if (!claim.datasheet.empty()) {
      EXPECT_THAT(v.paper, Contains("a datasheet ratio is not a measurement")) << claim.id;
    }
  }
  const ClaimVerdict capacity = judged("mi300x-memory-density-2p4x", cpu_only);
  EXPECT_THAT(capacity.missing, Contains("AMD MI300X"));
  EXPECT_THAT(capacity.missing, Contains("NVIDIA H100"));
  EXPECT_THAT(capacity.paper.front(), HasSubstr("2.4 (192 GB / 80 GB; ok / ok)"));
  EXPECT_EQ(capacity.grade, Grade::datasheet);
  EXPECT_EQ(judged("no-alternative-to-nvidia", cpu_only).grade, Grade::published);
}

TEST(Verdict, MarketFactsAreOutOfScope) {
  const Evidence evidence = two_vendors(1, 1, 1).evidence(test_facts());
  int seen = 0;
  for (const Claim& claim : built_in_claims(test_facts())) {
    if (claim.kind != ClaimClass::market) continue;
    const ClaimVerdict v = judge(claim, evidence);
    EXPECT_EQ(v.word, VerdictWord::out_of_scope);
    EXPECT_TRUE(v.findings.empty());
    EXPECT_TRUE(v.paper.empty());
    EXPECT_TRUE(v.records.empty());
    ++seen;
  }
  EXPECT_EQ(seen, 47);
}

TEST(Verdict, PaperIsAlwaysQualified) {
  const Evidence evidence = Synthetic().evidence(test_facts());
  const std::map<std::string, VerdictWord> expected = {
      {"amd-compute-not-disclosed", VerdictWord::supported},
      {"amd-volume-from-q4-2023", VerdictWord::supported},
      {"maia100-against-h100", VerdictWord::conditional},
      {"ms-nic-like-connectx7", VerdictWord::not_measurable},
      {"cuda-core-is-a-programming-tool", VerdictWord::refuted},
      {"kaist-world-first-low-power-high-performance", VerdictWord::conditional},
      {"mi300-released", VerdictWord::supported},
      {"h100-most-advanced", VerdictWord::conditional},
      {"gpu-and-hbm-are-the-core", VerdictWord::conditional},
      {"korean-startups-make-server-npus", VerdictWord::supported},
      {"nvidia-gpu-designed-for-images", VerdictWord::refuted}};
  for (const auto& [id, word] : expected) {
    const ClaimVerdict v = judge(built_in(id), evidence);
    EXPECT_EQ(name(v.word), name(word)) << id;
    if (word != VerdictWord::not_measurable) {
      EXPECT_THAT(v.qualification, HasSubstr("not measured")) << id;
      EXPECT_EQ(v.grade, Grade::datasheet) << id;
    }
  }
}

Synthetic quantised(double at_one, double at_many) {
  Synthetic records;
  const std::string cached = "attention/dtype:bf16/heads:32/kv_heads:8/q:1/kv:4096/d:128";
  records.add(cached, cpu_onednn, 1e6);
  records.add(cached + "/kv_dtype:s8", cpu_onednn, 6e5);
  for (const int m : {1, 16, 512}) {
    const std::string base = "matmul/dtype:bf16/m:" + std::to_string(m) + "/n:4096/k:4096";
    const double factor = m == 512 ? at_many : at_one;
    records.add(base, cpu_onednn, 1e6);
    for (const char* weights : {"s8", "s4"}) {
      records.add(base + "/weights:" + weights + "/group:128", cpu_onednn, 1e6 * factor);
    }
  }
  records.add("matmul/dtype:s8/m:512/n:4096/k:4096", cpu_onednn, 6e5);
  return records;
}

TEST(Verdict, QuantisedWeightsGiveTheBoundary) {
  const ClaimVerdict v = judged("lighter-models-move-to-device", quantised(0.5, 1.3));
  EXPECT_EQ(v.word, VerdictWord::conditional);
  EXPECT_THAT(v.boundaries,
              Contains(HasSubstr("weights:s4, Example CPU: supported up to m:16, refuted from "
                                 "m:512 on; passes 1x at m = ")));
  EXPECT_EQ(judged("lighter-models-move-to-device", quantised(0.5, 0.7)).word,
            VerdictWord::supported);
  const ClaimVerdict squeeze =
      judged("squeezebits-reduces-memory-and-compute", quantised(0.5, 1.3));
  EXPECT_EQ(squeeze.word, VerdictWord::supported) << "8-bit products are cheaper";
  for (const ClaimFinding& f : squeeze.findings) {
    const bool against = f.test.starts_with("fewer operations") ||
                         f.test == "some time falls: where arithmetic binds, compressed weights";
    EXPECT_EQ(f.ruling, against ? Ruling::refuted : Ruling::supported) << f.test;
    if (f.reading.condition == "weights:s4" && f.test.starts_with("memory")) {
      // 4 bits and an f16 scale for 128 of them, against 16 bits.
      EXPECT_NEAR(f.reading.value.value, (0.5 + 2.0 / 128) / 2, 1e-9);
    }
  }
}

TEST(Verdict, LockInNeedsTwoVendors) {
  Synthetic records;
  const SyntheticDevice cuda{"cublas", "NVIDIA H100 80GB HBM3", "NVIDIA Corporation", "gpu:h100-0"};
  records.add(prefill, h100, 1.1e6);
  records.add(prefill, cuda, 1e6);
  EXPECT_EQ(judged("cuda-lock-in", records).word, VerdictWord::not_measurable);
  const SyntheticDevice rocm{"rocblas", "AMD Instinct MI300X", "AMD", "gpu:mi300x-0"};
  records.add(prefill, mi300x, 1.1e6);
  records.add(prefill, rocm, 1e6);
  const ClaimVerdict two = judged("cuda-lock-in", records);
  EXPECT_EQ(two.word, VerdictWord::refuted);
  ASSERT_EQ(two.shown.size(), 3U) << "coverage of each, and one number for both";
  EXPECT_EQ(two.shown.back().reading.subject, "2 devices");
  EXPECT_NEAR(two.shown.back().reading.value.value, 1 / 1.1, 0.02);
  Synthetic slow;
  for (const auto& [portable, own] : {std::pair{&h100, &cuda}, std::pair{&mi300x, &rocm}}) {
    slow.add(prefill, *portable, 3e6);
    slow.add(prefill, *own, 1e6);
  }
  EXPECT_EQ(judged("cuda-lock-in", slow).word, VerdictWord::supported);
}

TEST(Verdict, LockInIsDecidedByOtherVendorsLibraries) {
  Synthetic records;
  const SyntheticDevice cuda{"cublas", h100.name, h100.vendor, h100.hardware};
  // CLBlast is OpenCL itself: no vendor's library anywhere.
  for (const SyntheticDevice* device : {&h100, &mi300x}) {
    SyntheticDevice clblast = *device;
    clblast.backend = "clblast";
    records.add(prefill, *device, 1.1e6);
    records.add(prefill, clblast, 1e6);
  }
  EXPECT_EQ(judged("cuda-lock-in", records).word, VerdictWord::inconclusive);
  // NVIDIA's own device alone supports nothing, nor do two of its models refute.
  Synthetic slow_nvidia;
  slow_nvidia.add(prefill, h100, 3e6);
  slow_nvidia.add(prefill, cuda, 1e6);
  slow_nvidia.add(prefill, mi300x, 1e6);
  EXPECT_EQ(judged("cuda-lock-in", slow_nvidia).word, VerdictWord::inconclusive);
  Synthetic two_models;
  const SyntheticDevice l40s{"opencl", "NVIDIA L40S", h100.vendor, "gpu:l40s-0"};
  for (const SyntheticDevice* device : {&h100, &l40s}) {
    SyntheticDevice own = *device;
    own.backend = "cublas";
    two_models.add(prefill, *device, 1.02e6);
    two_models.add(prefill, own, 1e6);
  }
  two_models.add(prefill, mi300x, 1e6);
  EXPECT_EQ(judged("cuda-lock-in", two_models).word, VerdictWord::inconclusive);
  // No common source runs on the other vendor's device.
  Synthetic none;
  const SyntheticDevice rocm{"rocblas", mi300x.name, mi300x.vendor, mi300x.hardware};
  none.add(prefill, h100, 1e6);
  none.add(prefill, cuda, 1e6);
  none.add(prefill, rocm, 1e6);
  EXPECT_EQ(judged("cuda-lock-in", none).word, VerdictWord::supported);
}

TEST(Verdict, LockInIsOfSpeedNotOfCoverage) {
  Synthetic records;
  for (const SyntheticDevice* device : {&h100, &mi300x}) {
    SyntheticDevice own = *device;
    own.backend = device == &h100 ? "cublas" : "rocblas";
    records.add(prefill, *device, 1.1e6);
    records.add(prefill, own, 1e6);
    // Neither runs it: the portable source loses nothing to the library there.
    records.add_status(attention, *device, Status::unsupported, "no attention here");
    records.add_status(attention, own, Status::unsupported, "a library of matmul");
  }
  const ClaimVerdict v = judged("cuda-lock-in", records);
  EXPECT_EQ(v.word, VerdictWord::refuted);
  EXPECT_THAT(v.shown.front().reading.note, HasSubstr("1 of 2 problems"));
  // What the library runs and the portable source refuses is 0 of it.
  const SyntheticDevice rocm{"rocblas", mi300x.name, mi300x.vendor, mi300x.hardware};
  const std::string f32 = "matmul/dtype:f32/m:512/n:4096/k:4096";
  records.add(f32, rocm, 1e6);
  records.add_status(f32, mi300x, Status::unsupported, "no f32 here");
  const ClaimVerdict some = judged("cuda-lock-in", records);
  EXPECT_EQ(some.word, VerdictWord::conditional) << "of one dtype nothing runs";
}

TEST(Verdict, PlatformOfThreeVendors) {
  Synthetic records;
  records.add(prefill, h100, 1e6);
  records.add(prefill, mi300x, 1e6);
  EXPECT_EQ(judged("heterogeneous-chip-platform", records).word, VerdictWord::not_measurable);
  records.add(prefill, b580, 9e6);
  // Half measured: nothing was split over devices.
  const ClaimVerdict half = judged("heterogeneous-chip-platform", records);
  EXPECT_EQ(half.word, VerdictWord::inconclusive);
  EXPECT_THAT(half.missing, Contains(HasSubstr("one problem split over several devices at once")));
  records.add_status(attention, b580, Status::wrong, "error 3x tolerance");
  records.add_status(attention, mi300x, Status::unsupported, "no");
  EXPECT_EQ(judged("heterogeneous-chip-platform", records).word, VerdictWord::refuted);
}

// In every format: what can't be measured shows what datasheets say, and what that is worth.
TEST(Verdict, DatasheetsAreNoMeasurementAnywhere) {
  const ClaimVerdict v = judged("mi300x-memory-density-2p4x", Synthetic());
  ASSERT_EQ(v.word, VerdictWord::not_measurable);
  const std::vector<ClaimVerdict> verdicts = {v};
  std::ostringstream brief;
  std::ostringstream markdown;
  print_verdicts(verdicts, false, brief);
  print_verdicts_markdown(verdicts, markdown);
  const std::string line =
      "datasheet ratio, memory capacity: 2.4 (and 2 more); a datasheet ratio is not a measurement";
  EXPECT_THAT(brief.str(), HasSubstr("      " + line + "\n"));
  EXPECT_THAT(markdown.str(), HasSubstr("; " + line + " |"));
}

TEST(Verdict, EveryFormatHoldsEveryClaim) {
  const Evidence evidence = two_vendors(1, 3, 1).evidence(test_facts());
  const std::vector<Claim> claims = built_in_claims(test_facts());
  const std::vector<ClaimVerdict> verdicts = judge_all(claims, evidence);
  std::ostringstream brief;
  std::ostringstream details;
  std::ostringstream markdown;
  print_verdicts(verdicts, false, brief);
  print_verdicts(verdicts, true, details);
  print_verdicts_markdown(verdicts, markdown);
  const auto json = verdicts_json(verdicts);
  ASSERT_EQ(json["verdicts"].size(), 75U);
  for (const Claim& claim : claims) {
    for (const std::string& text : {brief.str(), details.str(), markdown.str()}) {
      EXPECT_THAT(text, HasSubstr(claim.id));
      EXPECT_THAT(text, HasSubstr(claim.sha256));
    }
    EXPECT_THAT(details.str(), HasSubstr(claim.original));
  }
}

}  // namespace
}  // namespace assay
