#include "bench/comparison/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "../approved.hpp"
#include "bench/comparison/compare_report.hpp"
#include "kernels/error.hpp"
#include "results.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(std::span<const ResultFile> files, const CompareOptions& options = {}) {
  try {
    (void)compare(files, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::array<ResultFile, 2> two_days() {
  return {made_file("monday.json", "2025-01-06T10:00:00+00:00",
                    {made_case("matmul/dtype:f32/m:64", {1000, 1010, 990, 1005, 995}),
                     made_case("matmul/dtype:bf16/m:64", {500, 505, 495, 501, 499}),
                     made_case("attention/dtype:f32/q:1", {2000, 3000, 2500, 1800, 2700}),
                     made_case("matmul/dtype:f32/m:1", {100, 101}),
                     made_case("matmul/dtype:f32/m:gone", {1, 1, 1})}),
          made_file("tuesday.json", "2025-01-07T10:00:00+00:00",
                    {made_case("matmul/dtype:f32/m:64", {1100, 1111, 1089, 1105, 1095}),
                     made_case("matmul/dtype:bf16/m:64", {500, 504, 496, 502, 498}),
                     made_case("attention/dtype:f32/q:1", {2100, 2900, 2400, 1900, 2800}),
                     made_case("matmul/dtype:f32/m:1", {90, 91}),
                     made_case("matmul/dtype:f32/m:new", {1, 1, 1})})};
}

TEST(Compare, FindsRatiosWordsAndMeans) {
  const auto files = two_days();
  const Comparison c = compare(files, {});
  ASSERT_EQ(c.pairs.size(), 1U);
  const ComparedPair& pair = c.pairs[0];
  ASSERT_EQ(pair.cases.size(), 4U);
  EXPECT_EQ(pair.cases[0].problem, "matmul/dtype:f32/m:64");
  EXPECT_EQ(pair.cases[0].relation, Relation::slower);
  EXPECT_NEAR(pair.cases[0].ratio, 1.1, 0.001);
  EXPECT_LT(pair.cases[0].interval->low, 1.1);
  EXPECT_GT(pair.cases[0].interval->high, 1.1);
  for (const ComparedCase& each : pair.cases) {
    if (each.dtype == "bf16") {
      EXPECT_EQ(each.relation, Relation::same);
    }
    if (each.kernel == "attention") {
      EXPECT_EQ(each.relation, Relation::unclear);
    }
    if (each.problem == "matmul/dtype:f32/m:1") {
      EXPECT_EQ(each.relation, Relation::unknown);
    }
  }
  EXPECT_THAT(pair.only_base, ElementsAre("matmul/dtype:f32/m:gone@onednn:0"));
  EXPECT_THAT(pair.only_other, ElementsAre("matmul/dtype:f32/m:new@onednn:0"));
  ASSERT_EQ(pair.groups.size(), 3U);
  EXPECT_EQ(pair.groups[0].kernel, "attention");
  EXPECT_NEAR(pair.groups[2].ratio, std::sqrt(1.1 * 90.5 / 100.5), 0.002);
}

TEST(Compare, IsItsOwnMirrorImage) {
  auto files = two_days();
  const double forwards = compare(files, {}).pairs[0].ratio;
  std::swap(files[0], files[1]);
  const Comparison back = compare(files, {});
  EXPECT_NEAR(back.pairs[0].ratio * forwards, 1, 1e-12);
  EXPECT_EQ(back.pairs[0].cases.back().relation, Relation::faster);
}

TEST(Compare, OfAFileWithItselfIsTheSame) {
  const auto files = two_days();
  const Comparison c = compare(std::vector{files[0], files[0]}, {});
  for (const ComparedCase& each : c.pairs[0].cases) {
    EXPECT_DOUBLE_EQ(each.ratio, 1);
    EXPECT_NE(each.relation, Relation::slower);
  }
}

ResultFile two_devices() {
  return made_file("devices.json", "2025-01-06T10:00:00+00:00",
                   {made_case("matmul/dtype:f32/m:64", {1000, 1100, 900, 1050}),
                    made_case("matmul/dtype:f32/m:64", {2000, 2205, 1790, 2110}, "opencl", "GPU"),
                    made_case("matmul/dtype:f32/m:8", {10, 11, 12, 13}, "opencl", "GPU")});
}

TEST(Compare, AcrossDevicesPairsTheLaunchesOfOneRun) {
  const ResultFile file = two_devices();
  CompareOptions options;
  options.across = true;
  const Comparison c = compare(std::span(&file, 1), options);
  ASSERT_EQ(c.pairs.size(), 1U);
  EXPECT_TRUE(c.pairs[0].paired);
  EXPECT_EQ(c.pairs[0].base, "onednn on Processor 9000");
  ASSERT_EQ(c.pairs[0].cases.size(), 1U);
  // Both sides vary by 20 %, their ratio hardly.
  EXPECT_GT(c.pairs[0].cases[0].interval->low, 1.95);
  EXPECT_EQ(c.pairs[0].cases[0].relation, Relation::slower);
  EXPECT_TRUE(c.cautions.empty());
}

TEST(Compare, AWholeNameIsTheBaseThoughItIsPartOfAnother) {
  ResultFile file = two_devices();
  file.cases.push_back(made_case("matmul/dtype:f32/m:64", {3000, 3100, 2900}, "onednn+gemv"));
  const Comparison c = compare(std::span(&file, 1), {.across = true, .base = "onednn"});
  EXPECT_EQ(c.pairs[0].base, "onednn on Processor 9000");
  EXPECT_THROW((void)compare(std::span(&file, 1), {.across = true, .base = "Processor"}), Error);
}

TEST(Compare, PairsLaunchesByTheirNumbers) {
  ResultFile file = two_devices();
  const auto interval = [&] {
    return *compare(std::span(&file, 1), {.across = true}).pairs[0].cases[0].interval;
  };
  const Estimate in_order = interval();
  ResultCase& other = file.cases[1];
  std::ranges::reverse(other.launches_ns);
  std::ranges::reverse(other.launch_numbers);
  EXPECT_DOUBLE_EQ(interval().low, in_order.low);
  // One launch less on a side: the others are still side by side.
  other.launches_ns.pop_back();
  other.launch_numbers.pop_back();
  EXPECT_GT(interval().low, 1.9);
  // More launches on a side, when the machine was slower: they have nobody beside them.
  for (const std::int64_t number : {7, 8, 9, 10}) {
    other.launches_ns.push_back(9000);
    other.launch_numbers.push_back(number);
  }
  const ComparedCase row = compare(std::span(&file, 1), {.across = true}).pairs[0].cases[0];
  EXPECT_GT(row.ratio, row.interval->low);
  EXPECT_LT(row.ratio, row.interval->high);
  EXPECT_LT(row.ns, 3000);
}

TEST(Compare, NamesCasesThatAreBrokenOnBothSides) {
  auto files = two_days();
  for (ResultFile& file : files) {
    file.cases.push_back(made_case("matmul/dtype:f32/m:3", {}));
    file.cases.back().status = Status::wrong;
    file.cases.back().reason = "element 7";
  }
  EXPECT_THAT(compare(files, {}).pairs[0].without,
              testing::Contains("matmul/dtype:f32/m:3@onednn:0: wrong in base, wrong in other: "
                                "element 7"));
}

TEST(Compare, SaysWhereSettingsDiffer) {
  auto files = two_days();
  files[1].cases[0].options = "--threads 1";
  EXPECT_THAT(compare(files, {}).cautions,
              testing::Contains("measured with different settings: base the defaults, other "
                                "--threads 1"));
}

TEST(CompareReport, NothingInCommonIsNoMean) {
  Comparison c;
  c.pairs.push_back({});
  c.pairs[0].only_base = {"a\x1b[31m"};
  for (const Format format : {Format::console, Format::markdown}) {
    std::ostringstream out;
    report_comparison(format, c, out);
    EXPECT_THAT(out.str(), HasSubstr("no measured case in common"));
    EXPECT_THAT(out.str(), testing::Not(HasSubstr("0.000")));
    EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  }
}

TEST(Compare, AcrossTakesAnotherBase) {
  const ResultFile file = two_devices();
  const auto one = std::span(&file, 1);
  EXPECT_EQ(compare(one, {.across = true, .base = "opencl"}).pairs[0].base, "opencl on GPU");
  EXPECT_THAT(error_of(one, {.across = true, .base = "cuda"}), HasSubstr("--base 'cuda'"));
  EXPECT_THAT(error_of(one, {.across = true, .base = "on"}), HasSubstr("part of 2 sides"));
}

TEST(Compare, RefusesWhatHasNothingInCommon) {
  auto files = two_days();
  for (ResultCase& c : files[1].cases) c.device_name = "Other";
  EXPECT_THAT(error_of(files), HasSubstr("the devices differ (onednn on Processor 9000 / onednn on "
                                         "Other); --across"));
  files[1].cases.resize(1);
  files[1].cases[0].problem = "matmul/other";
  EXPECT_EQ(error_of(files), "monday.json and tuesday.json have no measured case in common");
  EXPECT_THAT(error_of(std::span(files).first(1)), HasSubstr("needs two result files"));
  EXPECT_THAT(error_of({}), HasSubstr("needs two result files"));
}

TEST(Compare, NamesWhatHasNoAnswerOnOneSide) {
  auto files = two_days();
  files[1].cases[1].status = Status::wrong;
  files[1].cases[1].reason = "error 3x tolerance";
  const Comparison c = compare(files, {});
  EXPECT_THAT(
      c.pairs[0].without,
      testing::ElementsAre("matmul/dtype:bf16/m:64@onednn:0: wrong in other: error 3x tolerance"));
  EXPECT_THAT(c.pairs[0].only_base, testing::Not(testing::Contains(HasSubstr("bf16"))));
  for (const Format format : {Format::console, Format::markdown, Format::json}) {
    std::ostringstream out;
    report_comparison(format, c, out);
    EXPECT_THAT(out.str(), HasSubstr("wrong in other"));
  }
  for (ResultCase& each : files[1].cases) each.status = Status::failed;
  EXPECT_THAT(error_of(files), HasSubstr("failed in other"));
}

TEST(Compare, AcrossLeavesOutWhatMeasuredNothing) {
  ResultFile file = two_devices();
  file.cases.insert(file.cases.begin(), made_case("matmul/dtype:f32/m:64", {}, "null", "Nothing"));
  const Comparison c = compare(std::span(&file, 1), {.across = true});
  ASSERT_EQ(c.pairs.size(), 1U);
  EXPECT_EQ(c.pairs[0].base, "onednn on Processor 9000");
  EXPECT_THAT(c.cautions, testing::Contains("null on Nothing: nothing measured"));
}

TEST(Compare, SaysWhatOneProcessCanNotTell) {
  auto files = two_days();
  files[1].foreign = true;
  const Comparison c = compare(files, {});
  for (const ComparedCase& each : c.pairs[0].cases) {
    EXPECT_EQ(each.relation, Relation::unknown);
    EXPECT_FALSE(each.interval);
  }
  EXPECT_THAT(c.cautions.back(), HasSubstr("one process"));
}

std::string reported(Format format) {
  const auto files = two_days();
  std::ostringstream out;
  report_comparison(format, compare(files, {}), out);
  return out.str();
}

TEST(CompareGolden, Console) { expect_approved("compare.txt", reported(Format::console)); }
TEST(CompareGolden, Markdown) { expect_approved("compare.md", reported(Format::markdown)); }
TEST(CompareGolden, Csv) { expect_approved("compare.csv", reported(Format::csv)); }
TEST(CompareGolden, Json) { expect_approved("compare.json", reported(Format::json)); }
TEST(CompareGolden, JUnitIsForGates) { EXPECT_THROW((void)reported(Format::junit), Error); }

}  // namespace
}  // namespace assay
