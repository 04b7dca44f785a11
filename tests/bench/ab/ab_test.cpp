#include "bench/ab/ab.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/case.hpp"
#include "bench/select.hpp"

namespace assay {
namespace {

PlannedCase planned(const std::string& name, const std::string& device = "chip") {
  PlannedCase p;
  p.c = parse_case(name);
  p.device.backend = p.c.device.substr(0, p.c.device.find(':'));
  p.device.info.ordinal = "0";
  p.device.info.name = device;
  p.device.info.hardware = "cpu:" + device;
  return p;
}

PlannedCase missing(const std::string& name) {
  PlannedCase p = planned(name);
  p.settled = Record{};
  p.settled->status = Status::skipped;
  return p;
}

constexpr const char* a = "matmul/dtype:f32/m:8/n:8/k:8@reference:0";
constexpr const char* b = "matmul/dtype:f32/m:9/n:8/k:8@reference:0";

TEST(CommonCases, AreTheIntersectionAndListTheRest) {
  const CommonCases common = common_cases({planned(a), planned(b)}, {planned(b)});
  ASSERT_EQ(common.cases.size(), 1U);
  EXPECT_EQ(case_name(common.cases[0].c), b);
  EXPECT_THAT(common.only_base, testing::ElementsAre(a));
  EXPECT_TRUE(common.only_head.empty());
}

TEST(CommonCases, TellSettledAndForeignDevicesApart) {
  EXPECT_THAT(common_cases({missing(a)}, {planned(a)}).only_head, testing::ElementsAre(a));
  // Nobody knows the name of a device that is missing.
  PlannedCase nameless = missing(a);
  nameless.device = {};
  EXPECT_THAT(common_cases({nameless}, {planned(a)}).only_head, testing::ElementsAre(a));
  EXPECT_THAT(common_cases({planned(a)}, {missing(a)}).only_base, testing::ElementsAre(a));
  const CommonCases neither = common_cases({missing(a)}, {missing(a)});
  // What was asked for and neither can run keeps its row, and so its reason.
  ASSERT_EQ(neither.cases.size(), 1U);
  EXPECT_TRUE(neither.cases[0].settled);
  EXPECT_TRUE(neither.only_base.empty() && neither.only_head.empty());
  const CommonCases other = common_cases({planned(a, "x")}, {planned(a, "y")});
  EXPECT_TRUE(other.cases.empty());
  EXPECT_EQ(other.only_base.size(), 1U);
  EXPECT_EQ(other.only_head.size(), 1U);
}

// Whatever the machine does, gates aside: these tests look at what happens, not at times.
AbOptions options() {
  AbOptions o;
  o.budget_s = 60;
  o.block_time_s = 0.001;
  o.most_screen_blocks = 6;
  o.procedure.most_blocks = 10;
  o.gates = GateLimits::none();
  return o;
}

CommonCases cases_of(const Side& side, const std::string& name) {
  PlanRequest request;
  request.argument_cases = {parse_case(name)};
  const auto cases = plan_cases(request, discover({"reference"}, side.worker));
  return common_cases(cases, cases);
}

TEST(RunAb, FindsALargeSlowdownInRealWorkers) {
  const Side base = make_side("base", ASSAY_PROGRAM, {}, {});
  const Side head = make_side("head", ASSAY_PROGRAM, {"ASSAY_DELAY=3"}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  const AbResult result = run_ab(base, head, cases_of(base, a), options(), observer, interrupted);
  ASSERT_EQ(result.table.rows.size(), 1U);
  const VerdictRow& row = result.table.rows[0];
  EXPECT_EQ(row.status, Status::ok) << row.reason;
  EXPECT_EQ(row.verdict.outcome, Outcome::regression);
  EXPECT_TRUE(row.flagged);
  EXPECT_GT(row.ratio.value, 2);
  EXPECT_EQ(result.cases[0].screen.size(), 6U);
  EXPECT_GE(result.cases[0].confirm.size(), 9U);
  EXPECT_EQ(exit_code(result.table, false), Exit::regression);
}

TEST(RunAb, LetsACoinDecideWhoStarts) {
  const Side side = make_side("base", ASSAY_PROGRAM, {}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  AbOptions o = options();
  o.procedure.screen_blocks = 12;
  const AbResult result = run_ab(side, side, cases_of(side, a), o, observer, interrupted);
  const auto first = std::ranges::count_if(result.cases[0].screen,
                                           [](const Block& block) { return block.head_first; });
  EXPECT_GT(first, 0);
  EXPECT_LT(first, 12);
}

TEST(RunAb, RefusesWhereTheMachineIsTooDisturbed) {
  const Side side = make_side("base", ASSAY_PROGRAM, {}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  AbOptions o = options();
  o.gates.anchor = -1;  // nothing is quiet enough
  const AbResult result = run_ab(side, side, cases_of(side, a), o, observer, interrupted);
  EXPECT_EQ(exit_code(result.table, false), Exit::refused);
  for (const Block& block : result.cases[0].screen) EXPECT_NE(block.dropped, "");
}

TEST(RunAb, KeepsTheRowOfACaseThatFails) {
  const Side base = make_side("base", ASSAY_PROGRAM, {}, {});
  const Side head = make_side("head", ASSAY_PROGRAM, {"ASSAY_DELAY=nonsense"}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  const AbResult result = run_ab(base, head, cases_of(base, a), options(), observer, interrupted);
  EXPECT_EQ(result.table.rows[0].status, Status::failed);
  EXPECT_THAT(result.table.rows[0].reason, testing::HasSubstr("head: ASSAY_DELAY 'nonsense'"));
  EXPECT_EQ(exit_code(result.table, false), Exit::failed);
}

TEST(RunAb, PassesNothingWhereNothingCouldBeMeasured) {
  const Side side = make_side("base", ASSAY_PROGRAM, {}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  CommonCases cases = cases_of(side, "matmul/dtype:f32/m:8/n:8/k:8@reference+none:0");
  AbResult result = run_ab(side, side, cases, options(), observer, interrupted);
  ASSERT_EQ(result.table.rows.size(), 1U);
  EXPECT_EQ(result.table.rows[0].status, Status::unsupported);
  EXPECT_EQ(result.table.rows[0].reason, "the reference has no variants");  // nobody's fault
  EXPECT_EQ(exit_code(result.table, false), Exit::refused);
  // Beside a case that is judged it is one more row.
  for (PlannedCase& c : cases_of(side, a).cases) cases.cases.push_back(c);
  result = run_ab(side, side, cases, options(), observer, interrupted);
  EXPECT_EQ(exit_code(result.table, false), Exit::pass);
}

TEST(RunAb, NamesTheBudgetThatAScreenWouldNeed) {
  const Side side = make_side("base", ASSAY_PROGRAM, {}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  AbOptions o = options();
  o.budget_s = 0.05;
  const AbResult result = run_ab(side, side, cases_of(side, a), o, observer, interrupted);
  EXPECT_EQ(result.table.rows[0].reason, "not measured: too few blocks");
  ASSERT_EQ(result.table.notes.size(), 1U);
  EXPECT_THAT(result.table.notes[0], testing::HasSubstr("of 6 blocks a case"));
  EXPECT_THAT(result.table.notes[0], testing::HasSubstr("need a budget of about"));
  // Nothing was judged: that must not look like a pass.
  EXPECT_EQ(exit_code(result.table, false), Exit::refused);
}

TEST(RunAb, WritesItsBlocksIntoTheDetails) {
  const Side side = make_side("base", ASSAY_PROGRAM, {}, {});
  Observer observer;
  const std::atomic<bool> interrupted{false};
  const AbResult result = run_ab(side, side, cases_of(side, a), options(), observer, interrupted);
  const auto& screen = result.table.details["blocks"][0]["screen"];
  ASSERT_EQ(screen["base_ns"].size(), 6U);
  ASSERT_EQ(screen["first"].get<std::string>().size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    const Block& block = result.cases[0].screen[i];
    EXPECT_NEAR(screen["base_ns"][i].get<double>(), block.base_ns, 1e-6 * block.base_ns);
    EXPECT_NEAR(screen["head_ns"][i].get<double>(), block.head_ns, 1e-6 * block.head_ns);
    EXPECT_EQ(screen["first"].get<std::string>()[i] == 'h', block.head_first);
  }
}

TEST(RunAb, StopsWhenInterrupted) {
  const Side side = make_side("base", ASSAY_PROGRAM, {}, {});
  Observer observer;
  const std::atomic<bool> interrupted{true};
  const AbResult result = run_ab(side, side, cases_of(side, a), options(), observer, interrupted);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.table.details["interrupted"], true);
  EXPECT_EQ(result.table.rows.at(0).reason, "not judged: interrupted");
  EXPECT_THAT(result.table.notes, testing::Contains(testing::HasSubstr("interrupted after 0 of")));
}

}  // namespace
}  // namespace assay
