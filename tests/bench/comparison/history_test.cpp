#include "bench/comparison/history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "../approved.hpp"
#include "../statistics/noise.hpp"
#include "kernels/error.hpp"
#include "results.hpp"

namespace assay {
namespace {

// 40 days, given in reverse; one case becomes 5 % slower on day 25.
std::vector<ResultFile> days() {
  simulation::Random random(9, 0);
  std::vector<ResultFile> files;
  for (int day = 0; day < 40; ++day) {
    const double step = day >= 25 ? 1.05 : 1;
    const double a = 1e6 * step * std::exp(0.005 * random.normal());
    const double b = 2e5 * std::exp(0.005 * random.normal());
    files.insert(
        files.begin(),
        made_file(fmt::format("day{:02}.json", day),
                  fmt::format("2025-{:02}-{:02}T10:00:00+00:00", 1 + day / 28, 1 + day % 28),
                  {made_case("matmul/dtype:f32/m:64", {a, a * 1.01, a * 0.99}),
                   made_case("attention/dtype:bf16/q:1", {b})}));
  }
  return files;
}

TEST(History, NamesTheTwoRecordsOfAStep) {
  const std::vector<ResultFile> files = days();
  const History h = history(files, "", true, {});
  EXPECT_EQ(h.records.front().path, "day00.json");
  ASSERT_EQ(h.cases.size(), 2U);
  ASSERT_EQ(h.cases[0].steps.size(), 1U);
  const Step& step = h.cases[0].steps[0];
  EXPECT_EQ(h.records[h.cases[0].points[step.before].file].path, "day24.json");
  EXPECT_EQ(h.records[h.cases[0].points[step.before + 1].file].path, "day25.json");
  EXPECT_NEAR(std::exp(step.change), 1.05, 0.01);
  EXPECT_TRUE(h.cases[1].steps.empty());
}

TEST(History, LooksForStepsOnlyWhereAsked) {
  const std::vector<ResultFile> files = days();
  EXPECT_TRUE(history(files, "", false, {}).cases[0].steps.empty());
}

TEST(History, KeepsCasesThatContainTheFilter) {
  const std::vector<ResultFile> files = days();
  EXPECT_EQ(history(files, "attention", false, {}).cases.size(), 1U);
  EXPECT_THROW((void)history(files, "convolution", false, {}), Error);
  EXPECT_THROW((void)history({}, "", false, {}), Error);
}

TEST(History, RefusesAFileGivenTwice) {
  std::vector<ResultFile> files = days();
  files.push_back(files.front());
  EXPECT_THROW((void)history(files, "", false, {}), Error);
}

TEST(History, RefusesACopyOfARecord) {
  std::vector<ResultFile> files = days();
  files.push_back(files.front());
  files.back().path = "copy.json";
  EXPECT_THROW((void)history(files, "", false, {}), Error);
}

TEST(History, OrdersByTheMomentAndNotByTheClockOnTheWall) {
  std::vector<ResultFile> files;
  for (const char* date : {"2025-10-26T02:30:00+01:00", "2025-10-26T02:40:00+02:00", "no date",
                           "2025-10-26T00:50:00Z", "2025-10-25T20:10:00-05:30"}) {
    files.push_back(made_file(date, date, {made_case("matmul/m:1", {1})}));
  }
  std::vector<std::string> order;
  for (const HistoryRecord& each : history(files, "", false, {}).records)
    order.push_back(each.path);
  EXPECT_THAT(order, testing::ElementsAre("2025-10-26T02:40:00+02:00", "2025-10-26T00:50:00Z",
                                          "2025-10-26T02:30:00+01:00", "2025-10-25T20:10:00-05:30",
                                          "no date"));
}

TEST(History, KeepsRunsWithOtherSettingsApart) {
  std::vector<ResultFile> files = days();
  for (std::size_t i = 0; i < 10; ++i) files[i].cases[0].options = "--threads 1";
  const History h = history(files, "", false, {});
  ASSERT_EQ(h.cases.size(), 3U);
  EXPECT_EQ(h.cases[0].points.size() + h.cases[2].points.size(), 40U);
}

TEST(History, LeavesHolesWhereACaseIsMissing) {
  std::vector<ResultFile> files = days();
  files[3].cases.pop_back();
  const History h = history(files, "", false, {});
  EXPECT_EQ(h.cases[0].points.size(), 40U);
  EXPECT_EQ(h.cases[1].points.size(), 39U);
}

TEST(HistoryGolden, Text) {
  const std::vector<ResultFile> files = days();
  std::ostringstream out;
  report_history(history(files, "", true, {}), out);
  expect_approved("history.txt", out.str());
}

TEST(HistoryGolden, Svg) {
  const std::vector<ResultFile> files = days();
  std::ostringstream out;
  report_history_svg(history(files, "", true, {}), out);
  expect_approved("history.svg", out.str());
}

}  // namespace
}  // namespace assay
