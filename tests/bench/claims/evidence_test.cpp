#include "bench/claims/evidence.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/claims/processor_share.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

const std::string product = "matmul/dtype:bf16/m:512/n:4096/k:4096";

TEST(Evidence, ACopyIsNoSecondRun) {
  Synthetic records;
  records.add(product, h100, 1e6, 0.02, 5);
  Evidence evidence(test_facts());
  evidence.add("a.json", records.document());
  evidence.add("copy/a.json", records.document());
  EXPECT_EQ(evidence.models().front().cases.front().runs_ns.size(), 5U);
}

TEST(Evidence, RunsOfOtherBuildsAreOtherCases) {
  Synthetic records;
  records.add(product, h100, 1e6, 0.02, 5);
  Synthetic later(2);
  later.add(product, h100, 1e6, 0.02, 5);
  later.document().context["assay"]["build"]["source_revision"] = "later";
  Evidence evidence(test_facts());
  evidence.add("a.json", records.document());
  evidence.add("b.json", later.document());
  EXPECT_EQ(evidence.models().front().cases.size(), 2U);
}

TEST(Evidence, OneLongSampleIsNoTwentyRepeats) {
  Synthetic records;
  Launch& launch = records.add(product, h100, 1e6, 0.02, 1).launches.front();
  launch.samples_ns.resize(1);
  launch.calls_per_sample = 5000;
  const Evidence evidence = records.evidence(test_facts());
  const Measured& m = evidence.models().front().cases.front();
  EXPECT_EQ(m.left_out, 1);
  EXPECT_FALSE(m.has_runs());
  EXPECT_TRUE(m.has_times());
}

TEST(Evidence, AChipThatSlowsDownThrottles) {
  Synthetic records;
  Launch& launch = records.add(product, h100, 1e6, 0.02, 1).launches.front();
  launch.ceilings.alu = PairedCeiling{"bf16.matrix", "opencl:0", {9e14, 9e14, 7e14, 7e14}};
  EXPECT_EQ(records.evidence(test_facts()).models().front().cases.front().left_out, 1);
}

TEST(Evidence, AcceleratorsAreWhatIsNoProcessor) {
  Synthetic records;
  records.add(product, {"plugin", "RBLN-CA12", "Rebellions", "npu:1"}, 1e6);
  records.add(product, cpu_onednn, 1e6);
  const Evidence evidence = records.evidence(test_facts());
  ClaimSide side;
  side.kind = "accelerator";
  EXPECT_EQ(evidence.find(side).size(), 1U);
  side.kind = "gpu";
  EXPECT_TRUE(evidence.find(side).empty());
}

TEST(Evidence, SimulatedDevicesAndOtherMachinesAreKeptApart) {
  Synthetic records;
  records.add(product, h100, 1e6);
  records.document().context["assay"]["devices"][0]["software"] = true;
  EXPECT_TRUE(records.evidence(test_facts()).models().empty());
}

TEST(Evidence, SomeProcessorsAreNoPackage) {
  const auto of = [](bool machine, int all, const nlohmann::json& set, const nlohmann::json& quota,
                     double on_record = 0) {
    nlohmann::json context;
    context["assay"]["processor"] = {
        {"virtual_machine", machine}, {"logical_processors", all}, {"cores", all / 2}};
    context["assay"]["limits"] = {{"cpuset", set}, {"cpu_quota", quota}};
    return processor_share(context, on_record);
  };
  EXPECT_EQ(of(true, 2, "0-1", "none"), "2 processors of a virtual machine");
  EXPECT_EQ(of(true, 192, "0-191", "none", 96), "");
  EXPECT_EQ(of(false, 192, "0-191", "none"), "");
  EXPECT_EQ(of(false, 192, "0-95", "none"), "") << "a thread of each core";
  EXPECT_EQ(of(false, 192, "0-3,8,96-98", "none"), "8 of 192 processors");
  EXPECT_EQ(of(false, 192, "0-191", 4), "4 of 192 processors");
  EXPECT_EQ(of(false, 192, "0-x", "none"), "") << "no list";
  EXPECT_EQ(processor_share(nlohmann::json(), 0), "");
  EXPECT_EQ(processor_share(nlohmann::json::array({1}), 0), "");
}

}  // namespace
}  // namespace assay
