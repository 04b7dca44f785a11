#include "bench/ab/planted.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

VerdictRow row(const std::string& name, Outcome outcome) {
  VerdictRow r;
  r.name = name;
  r.verdict.outcome = outcome;
  r.ratio = {1.05, 1.02, 1.08};
  r.blocks = 20;
  return r;
}

AbResult result_of(std::vector<VerdictRow> rows) {
  AbResult ab;
  ab.table.rows = std::move(rows);
  return ab;
}

const std::vector<Plant> plants = {{0.05, "m:1/"}, {0.1, "m:[12]/"}};

TEST(ParsePlant, TakesAShareAndAnExpression) {
  EXPECT_DOUBLE_EQ(parse_plant("5% m:1/|m:2/").share, 0.05);
  EXPECT_DOUBLE_EQ(parse_plant("0.1  x").share, 0.1);
  EXPECT_EQ(parse_plant("0.1  x").pattern, "x");
}

TEST(ParsePlant, RefusesWhatIsNone) {
  for (const char* text : {"", "5%", "x m:1/", "5% (", "0 m:1/", "5% a;6% b"}) {
    EXPECT_THROW((void)parse_plant(text), Error) << text;
  }
}

TEST(SortPlanted, ACaseBelongsToTheFirstPlantThatMatches) {
  const Planted planted =
      sort_planted(plants, result_of({row("matmul/m:1/n:8@a:0", Outcome::regression),
                                      row("matmul/m:2/n:8@a:0", Outcome::inconclusive),
                                      row("matmul/m:3/n:8@a:0", Outcome::pass)}));
  ASSERT_EQ(planted.plants[0].found.size(), 1U);
  ASSERT_EQ(planted.plants[1].missed.size(), 1U);
  EXPECT_EQ(planted.others, 1);
  EXPECT_TRUE(planted.alarms.empty());
  std::ostringstream text;
  report_planted(planted, text);
  EXPECT_THAT(text.str(), HasSubstr("5 % slower  1 of 1 found"));
  EXPECT_THAT(text.str(), HasSubstr("missed  matmul/m:2/n:8@a:0"));
  EXPECT_EQ(planted_json(planted)["planted"][1]["missed"][0], "matmul/m:2/n:8@a:0");
  EXPECT_EQ(exit_code(planted), Exit::regression);
}

TEST(SortPlanted, AnAlarmElsewhereIsNamedAndFails) {
  const Planted planted =
      sort_planted(plants, result_of({row("matmul/m:1/n:8@a:0", Outcome::regression),
                                      row("matmul/m:2/n:8@a:0", Outcome::regression),
                                      row("matmul/m:3/n:8@a:0", Outcome::regression)}));
  ASSERT_EQ(planted.alarms.size(), 1U);
  std::ostringstream text;
  report_planted(planted, text);
  EXPECT_THAT(text.str(), HasSubstr("alarm   matmul/m:3/n:8@a:0"));
  EXPECT_EQ(exit_code(planted), Exit::regression);
}

TEST(SortPlanted, HoldsWithNineOfTen) {
  std::vector<VerdictRow> rows = {row("m:2/", Outcome::regression)};
  for (int i = 0; i < 9; ++i) rows.push_back(row("m:1/" + std::to_string(i), Outcome::regression));
  rows.push_back(row("m:1/9", Outcome::inconclusive));
  EXPECT_EQ(exit_code(sort_planted(plants, result_of(rows))), Exit::pass);
  rows.push_back(row("m:1/10", Outcome::inconclusive));
  EXPECT_EQ(exit_code(sort_planted(plants, result_of(rows))), Exit::regression);
}

TEST(SortPlanted, NothingToPlantInIsRefused) {
  const Planted planted = sort_planted(plants, result_of({row("m:3/", Outcome::pass)}));
  EXPECT_EQ(exit_code(planted), Exit::refused);
}

}  // namespace
}  // namespace assay
