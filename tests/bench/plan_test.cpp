#include "bench/plan.hpp"

#include <gmock/gmock.h>

#include "bench/filter.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Inventory machine() {
  Inventory inventory;
  for (const char* ordinal : {"0.0", "0.1"}) {
    KnownDevice device;
    device.backend = "opencl";
    device.info.ordinal = ordinal;
    device.info.name = std::string("device ") + ordinal;
    inventory.devices.push_back(device);
  }
  return inventory;
}

const char* const small = "matmul/dtype:f32/m:1/n:2/k:3";
const char* const large = "matmul/dtype:f32/m:4/n:5/k:6";

std::vector<std::string> names(const PlanRequest& request) {
  std::vector<std::string> result;
  for (const PlannedCase& each : plan_cases(request, machine())) {
    result.push_back(case_name(each.c));
  }
  return result;
}

std::string at(const char* problem, const char* device) {
  return std::string(problem) + "@" + device;
}

TEST(PlanCases, GoesProblemByProblem) {
  PlanRequest request;
  request.suite_cases = {parse_case(small), parse_case(large), parse_case(small)};
  EXPECT_THAT(names(request), ElementsAre(at(small, "opencl:0.0"), at(small, "opencl:0.1"),
                                          at(large, "opencl:0.0"), at(large, "opencl:0.1")));
  request.devices = {"opencl:0.1"};
  EXPECT_THAT(names(request), ElementsAre(at(small, "opencl:0.1"), at(large, "opencl:0.1")));
}

TEST(PlanCases, ArgumentsKeepTheirDeviceSuitesAreRestricted) {
  PlanRequest request;
  request.devices = {"opencl:0.1"};
  request.argument_cases = {parse_case(at(small, "opencl:0.0"))};
  request.suite_cases = {parse_case(at(large, "opencl"))};
  EXPECT_THAT(names(request), ElementsAre(at(small, "opencl:0.0"), at(large, "opencl:0.1")));
}

TEST(PlanCases, SettlesWhatHasNoDeviceHere) {
  PlanRequest request;
  request.suite_cases = {parse_case(small)};
  request.devices = {"opencl:3.0"};
  const std::vector<PlannedCase> planned = plan_cases(request, machine());
  ASSERT_EQ(planned.size(), 1U);
  ASSERT_TRUE(planned[0].settled);
  EXPECT_EQ(planned[0].settled->status, Status::skipped);
  EXPECT_EQ(planned[0].settled->name, at(small, "opencl:3.0"));
  EXPECT_EQ(planned[0].settled->backend, "opencl");
  EXPECT_THAT(planned[0].settled->reason, HasSubstr("no device opencl:3.0 here"));
  EXPECT_EQ(planned[0].settled->repro, "assay run '" + at(small, "opencl:3.0") + "'");
}

TEST(PlanCases, ALostPartIsAFailedRowOfEachProblem) {
  Inventory inventory = machine();
  inventory.unavailable = {{"opencl", "part 1: signal 11", "", true, "1", true}};
  PlanRequest request;
  request.suite_cases = {parse_case(small)};
  const auto statuses = [&] {
    std::vector<std::string> lines;
    for (const PlannedCase& each : plan_cases(request, inventory)) {
      const bool failed = each.settled && each.settled->status == Status::failed;
      lines.push_back(each.c.device + (failed ? " failed: " + each.settled->reason : ""));
    }
    return lines;
  };
  EXPECT_THAT(statuses(),
              ElementsAre("opencl:0.0", "opencl:0.1", "opencl:1 failed: part 1: signal 11"));
  request.devices = {"opencl:1.0"};
  EXPECT_THAT(statuses(), ElementsAre("opencl:1.0 failed: no device opencl:1.0 here: part 1: "
                                      "signal 11"));
  request.devices = {"opencl:0.1"};
  EXPECT_THAT(statuses(), ElementsAre("opencl:0.1"));
  request.suite_cases = {parse_case(at(small, "opencl"))};
  EXPECT_THAT(statuses(), ElementsAre("opencl:0.1"));
  // Nothing else is here.
  inventory.devices.clear();
  request = {{parse_case(small)}, {}, {}, ""};
  EXPECT_THAT(statuses(), ElementsAre("opencl:1 failed: part 1: signal 11"));
}

TEST(PlanCases, AMachineWithoutDevicesIsARowThatSaysSo) {
  PlanRequest request;
  request.suite_cases = {parse_case(small)};
  const std::vector<PlannedCase> planned =
      plan_cases(request, {{}, {{"opencl", "no platform"}}, {}});
  ASSERT_EQ(planned.size(), 1U);
  ASSERT_TRUE(planned[0].settled);
  EXPECT_EQ(planned[0].settled->reason, "no device here; opencl: no platform");
}

TEST(PlanCases, FiltersByTheWholeName) {
  PlanRequest request;
  request.suite_cases = {parse_case(small), parse_case(large)};
  request.filter = "k:6@.*0\\.1$";
  EXPECT_THAT(names(request), ElementsAre(at(large, "opencl:0.1")));
  request.filter = "-0\\.1";
  EXPECT_THAT(names(request), ElementsAre(at(small, "opencl:0.0"), at(large, "opencl:0.0")));
  request.filter = "nothing";
  EXPECT_THAT([&] { (void)names(request); },
              ThrowsMessage<Error>(HasSubstr("filter 'nothing' matches none of 4 cases")));
}

TEST(NameFilter, SaysWhatIsNoRegularExpression) {
  const auto make = [](std::string pattern) { return [pattern] { (void)NameFilter(pattern); }; };
  EXPECT_THAT(make("mat(mul"),
              ThrowsMessage<Error>(HasSubstr("'mat(mul' is no regular expression: unmatched (")));
  EXPECT_THAT(make("[a"), ThrowsMessage<Error>(HasSubstr("unmatched [")));
  EXPECT_THAT(make("*"), ThrowsMessage<Error>(HasSubstr("'*' is no regular expression")));
  EXPECT_THAT(make("-"), ThrowsMessage<Error>(HasSubstr("nothing after")));
  EXPECT_THAT(make(std::string(100000, '(')), ThrowsMessage<Error>(HasSubstr("longer than")));
  EXPECT_TRUE(NameFilter("").keeps("anything"));
}

TEST(NameFilter, SurvivesLongNames) {
  EXPECT_TRUE(NameFilter("^(a|b)*").keeps(std::string(1000000, 'a')));
}

TEST(BackendsFor, ARequestAsksTheBackendsThatItNames) {
  PlanRequest request;
  request.argument_cases = {parse_case(at(small, "null:0"))};
  EXPECT_THAT(backends_for(request), ElementsAre("null"));
  request.suite_cases = {parse_case(small)};
  request.devices = {"opencl:0"};
  EXPECT_THAT(backends_for(request), ElementsAre("opencl", "null"));
}

TEST(NameFilter, RefusesWhatCouldMatchForEver) {
  for (const char* pattern : {"(.*)*x", "(a+)+$", "((ab*)c){2,}"}) {
    EXPECT_THAT([&] { (void)NameFilter(pattern); },
                testing::ThrowsMessage<Error>(testing::HasSubstr("must not repeat inside")))
        << pattern;
  }
  for (const char* pattern : {"(ab)*", "a*b+", "(a+)b", "[(*]+", "(ab{2}){3}", "\\(a*\\)*"}) {
    EXPECT_NO_THROW((void)NameFilter(pattern)) << pattern;
  }
}

}  // namespace
}  // namespace assay
