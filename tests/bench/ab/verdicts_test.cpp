#include "bench/comparison/verdicts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "../approved.hpp"
#include "bench/comparison/verdict_report.hpp"
#include "kernels/error.hpp"
#include "tests/support/missing.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

VerdictRow row(const std::string& name, Outcome outcome, double ratio, double low, double high) {
  VerdictRow r;
  r.name = name;
  r.verdict.outcome = outcome;
  r.ratio = {ratio, low, high};
  r.base_ns = 1000;
  r.head_ns = 1000 * ratio;
  r.blocks = 12;
  r.outlook = {std::log(1.08), 0.4, 40};
  return r;
}

VerdictTable table() {
  VerdictTable t;
  t.base = "../main/build";
  t.head = "build OMP_NUM_THREADS=2";
  t.rows = {row("matmul/dtype:f32/m:1@onednn:0", Outcome::pass, 1.001, 0, 1.02),
            row("matmul/dtype:f32/m:2@onednn:0", Outcome::regression, 1.05, 1.02, 1.08),
            row("matmul/dtype:f32/m:3@onednn:0", Outcome::inconclusive, 1.01, 0, 1.09),
            row("matmul/dtype:f32/m:4@onednn:0", Outcome::regression, 1.2, 1.1, HUGE_VAL),
            row("attention/dtype:f32/q:1@a<b>:0+x_y", Outcome::pass, 0.9, 0, 0.95)};
  t.rows.back().verdict.faster = true;
  VerdictRow failed;
  failed.name = "matmul/dtype:f32/m:5@opencl:0.0";
  failed.status = Status::failed;
  failed.reason = "head: signal 11 (segmentation fault)";
  t.rows.push_back(failed);
  t.only_head = {"matmul/dtype:f16/m:1@onednn:0"};
  t.flagged = 3;
  t.notes = {"2 of 60 blocks dropped: the machine was disturbed"};
  sort_rows(t);
  return t;
}

TEST(Verdicts, StandInTheOrderOfConcern) {
  const VerdictTable t = table();
  EXPECT_EQ(t.rows[0].ratio.value, 1.2);
  EXPECT_EQ(t.rows[1].ratio.value, 1.05);
  EXPECT_EQ(t.rows[2].status, Status::failed);
  EXPECT_EQ(t.rows[3].verdict.outcome, Outcome::inconclusive);
}

TEST(Verdicts, HeadlineCounts) {
  EXPECT_EQ(headline(table()),
            "2 regressions, 1 failed, 1 inconclusive, 2 of 6 cases pass (margin 3 %)");
}

TEST(Verdicts, ExplainWhatCouldHaveBeenSeen) {
  const VerdictTable t = table();
  EXPECT_EQ(explanation(t.rows[3], t.rule),
            "1.010 [.., 1.090], 12 blocks, could have seen 8 %, 3 % needs about 40 blocks");
}

TEST(Verdicts, BecomeExitCodes) {
  VerdictTable t;
  EXPECT_EQ(exit_code(t, true), Exit::pass);
  t.rows = {row("a", Outcome::inconclusive, 1, 0, 2)};
  EXPECT_EQ(exit_code(t, false), Exit::pass);
  EXPECT_EQ(exit_code(t, true), Exit::inconclusive);
  t.rows.push_back(row("b", Outcome::regression, 1.1, 1.05, 1.2));
  EXPECT_EQ(exit_code(t, true), Exit::regression);
  EXPECT_EQ(exit_code(table(), false), Exit::failed);
  t.rows[0].status = Status::wrong;
  EXPECT_EQ(exit_code(t, false), Exit::wrong);
  t.refused = {"why"};
  EXPECT_EQ(exit_code(t, false), Exit::wrong);
  t.rows[0].status = Status::ok;
  withdraw_if_refused(t);
  EXPECT_EQ(exit_code(t, false), Exit::refused);
  EXPECT_EQ(explanation(t.rows[0], t.rule), "not judged");
}

std::string reported(VerdictFormat format, const VerdictTable& t) {
  std::ostringstream out;
  report_verdicts(format, t, out);
  return out.str();
}

TEST(VerdictGolden, Console) {
  expect_approved("verdicts.txt", reported(VerdictFormat::console, table()));
}
TEST(VerdictGolden, Json) {
  expect_approved("verdicts.json", reported(VerdictFormat::json, table()));
}
TEST(VerdictGolden, Csv) { expect_approved("verdicts.csv", reported(VerdictFormat::csv, table())); }
TEST(VerdictGolden, Markdown) {
  expect_approved("verdicts.md", reported(VerdictFormat::markdown, table()));
}
TEST(VerdictGolden, JUnit) {
  expect_approved("verdicts.xml", reported(VerdictFormat::junit, table()));
}
TEST(VerdictGolden, GitHub) {
  expect_approved("verdicts.github", reported(VerdictFormat::github, table()));
}

// Names and reasons come from devices and drivers.
constexpr const char* hostile = "a<b>&\"'\x1b[31m\r\n\xff\uffff]]>|`*::%,é";

TEST(VerdictJUnit, IsXmlWhateverNamesSay) {
  if (std::system("python3 -c 'import xml.etree.ElementTree' 2> /dev/null") != 0) {
    ASSAY_MISSING("python", "no Python");
  }
  VerdictTable t = table();
  for (std::string* text : {&t.base, &t.head, &t.rows[0].name, &t.rows[1].reason}) *text = hostile;
  t.rows[1].status = Status::failed;
  t.only_base = t.only_head = t.refused = t.notes = {hostile};
  const TemporaryFolder folder;
  std::ofstream(folder / "a.xml") << reported(VerdictFormat::junit, t);
  const std::string command =
      "python3 -c 'import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])' " +
      (folder / "a.xml");
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(VerdictGitHub, IsOneCommandALineWhateverNamesSay) {
  VerdictTable t = table();
  t.rows[0].name = t.notes[0] = hostile;
  t.only_base = {hostile};
  std::istringstream lines(reported(VerdictFormat::github, t));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("::error title=") || line.starts_with("::warning title=") ||
                line.starts_with("::notice title="))
        << line;
    EXPECT_EQ(line.find_first_of("\r\x1b"), std::string::npos) << line;
  }
}

TEST(VerdictMarkdown, HasAtMostTenRows) {
  VerdictTable t;
  for (int i = 0; i < 14; ++i) t.rows.push_back(row("case", Outcome::regression, 1.1, 1.05, 1.2));
  const std::string text = reported(VerdictFormat::markdown, t);
  EXPECT_THAT(text, HasSubstr("\n4 more.\n"));
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = text.find("| regression", at)) != std::string::npos; ++at) ++rows;
  EXPECT_EQ(rows, 10U);
}

TEST(VerdictMarkdown, OfOnlyPassesIsOneLine) {
  VerdictTable t;
  t.rows = {row("case", Outcome::pass, 1, 0, 1.01)};
  EXPECT_EQ(reported(VerdictFormat::markdown, t),
            "**assay**: no regression, 1 of 1 case pass (margin 3 %)\n");
}

TEST(VerdictReports, SayWhatWasRefused) {
  VerdictTable t;
  t.refused = {"processor.model: A / B"};
  for (const std::string_view name : verdict_format_names()) {
    if (name == "csv") continue;
    EXPECT_THAT(reported(parse_verdict_format(name), t), HasSubstr("processor.model"));
  }
}

TEST(VerdictFormats, NameTheNearestOne) {
  try {
    (void)parse_verdict_format("githab");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown format 'githab'; did you mean 'github'?");
  }
  EXPECT_EQ(verdict_format_of_path("a.xml"), VerdictFormat::junit);
  EXPECT_EQ(verdict_format_of_path("a"), VerdictFormat::json);
}

}  // namespace
}  // namespace assay
