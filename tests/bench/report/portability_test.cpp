#include "bench/portability/portability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "bench/portability/portability_report.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

const std::string a = "matmul/dtype:f32/m:64/n:64/k:64";
const std::string b = "matmul/dtype:bf16/m:64/n:64/k:64";

// One device, two backends: the one is 2x and 4x slower than the other.
Synthetic two_backends() {
  Synthetic records;
  records.add(a, cpu_onednn, 1e6, 0.01);
  records.add(b, cpu_onednn, 1e6, 0.01);
  records.add(a, cpu_opencl, 2e6, 0.01);
  records.add(b, cpu_opencl, 4e6, 0.01);
  return records;
}

const PortabilityGroup& of(const std::vector<PortabilityGroup>& groups, std::string_view name) {
  for (const PortabilityGroup& group : groups) {
    if (group.platform == name) return group;
  }
  throw usage_error("no platform " + std::string(name));
}

TEST(Portability, HarmonicMeanOfWhatIsKnown) {
  const Synthetic records = two_backends();
  const Evidence evidence = records.evidence(test_facts());
  const auto groups = portability(evidence, PortabilityBy::backend);
  ASSERT_EQ(groups.size(), 2U);
  const PortabilityGroup& opencl = of(groups, "opencl");
  EXPECT_EQ(opencl.tried, 2U);
  EXPECT_EQ(opencl.right, 2U);
  // 2 / (2 + 4)
  EXPECT_NEAR(opencl.of_best->harmonic.value, 1.0 / 3, 0.01);
  EXPECT_LE(opencl.of_best->harmonic.low, opencl.of_best->harmonic.value);
  EXPECT_GE(opencl.of_best->harmonic.high, opencl.of_best->harmonic.value);
  EXPECT_NEAR(opencl.of_best->minimum, 0.25, 0.01);
  EXPECT_EQ(opencl.of_best->worst, b);
  EXPECT_EQ(opencl.of_best->cascade.size(), 2U);
  EXPECT_GT(opencl.of_best->cascade.front(), opencl.of_best->cascade.back());
  EXPECT_DOUBLE_EQ(of(groups, "onednn").portability(), 1);
}

TEST(Portability, OneMissingProblemMakesItZero) {
  Synthetic records = two_backends();
  const std::string c = "matmul/dtype:f16/m:64/n:64/k:64";
  records.add(c, cpu_onednn, 1e6);
  records.add_status(c, cpu_opencl, Status::wrong, "error 4x tolerance");
  const Evidence evidence = records.evidence(test_facts());
  const auto groups = portability(evidence, PortabilityBy::backend);
  const PortabilityGroup& opencl = of(groups, "opencl");
  EXPECT_EQ(opencl.portability(), 0);
  EXPECT_NEAR(opencl.coverage(), 2.0 / 3, 1e-9);
  std::ostringstream text;
  print_portability(groups, text);
  for (const char* part : {"2 of 3 problems", "minimum 0.25", "cascade", "wrong: error 4x"}) {
    EXPECT_THAT(text.str(), testing::HasSubstr(part));
  }
  EXPECT_EQ(portability_json(groups)["platforms"].size(), 2U);
}

TEST(Portability, FewRepeatsAreVerifiedAllTheSame) {
  Synthetic records = two_backends();
  for (Launch& launch : records.document().records.back().launches) launch.samples_ns.resize(3);
  const Evidence evidence = records.evidence(test_facts());
  const auto groups = portability(evidence, PortabilityBy::backend);
  EXPECT_DOUBLE_EQ(of(groups, "opencl").coverage(), 1);
  EXPECT_DOUBLE_EQ(of(groups, "onednn").coverage(), 1);
}

TEST(Portability, AboveItsCeilingIsNoEfficiency) {
  Synthetic records = two_backends();
  for (Record& record : records.document().records) {
    for (Launch& launch : record.launches) {
      const double rate = record.work.flops / (launch.samples_ns.front() * 1e-9);
      launch.ceilings.alu = PairedCeiling{"f32.fma", "onednn:0", {rate / 1.14}};
    }
  }
  const Evidence evidence = records.evidence(test_facts());
  EXPECT_FALSE(of(portability(evidence, PortabilityBy::backend), "onednn").of_ceiling);
}

// As of a library without a probe of its arithmetic: what multiplies much isn't bound by the memory.
TEST(Portability, OneRoofAloneCountsWhereItSurelyBinds) {
  Synthetic records;
  const std::string product = "matmul/dtype:bf16/m:4096/n:4096/k:4096";
  const std::string row = "matmul/dtype:bf16/m:1/n:8192/k:8192";
  const SyntheticDevice cuda{"cublas", h100.name, h100.vendor, h100.hardware};
  records.add_flops(product, cuda, 6e14);
  records.add_bytes(row, cuda, 2.4e12);
  for (Record& record : records.document().records) {
    for (Launch& launch : record.launches) {
      launch.ceilings.memory = PairedCeiling{"dram", "cublas:0", {3e12}};
    }
  }
  const Evidence evidence = records.evidence(test_facts());
  const PortabilityGroup group = of(portability(evidence, PortabilityBy::backend), "cublas");
  ASSERT_TRUE(group.of_ceiling.has_value());
  EXPECT_EQ(group.of_ceiling->cases, 1U);
  EXPECT_EQ(group.of_ceiling->worst, problem_name(parse_problem(row)));
  EXPECT_NEAR(group.of_ceiling->harmonic.value, 0.8, 0.01);
  for (const PortableCase& c : group.cases) {
    EXPECT_EQ(c.of_ceiling.has_value(), c.problem == problem_name(parse_problem(row))) << c.problem;
  }
}

TEST(Portability, ARoofOfWhichNothingIsKnownMayBind) {
  Synthetic records;
  Record& record = records.add_flops(a, cpu_onednn, 1e11);
  for (Launch& launch : record.launches) {
    launch.ceilings.memory = PairedCeiling{"dram", "onednn:0", {3e10}};
  }
  const Evidence evidence = records.evidence(test_facts());
  const auto groups = portability(evidence, PortabilityBy::backend);
  EXPECT_FALSE(of(groups, "onednn").of_ceiling);
  std::ostringstream text;
  print_portability(groups, text);
  EXPECT_THAT(text.str(), testing::HasSubstr("no case whose ceiling is known"));
}

TEST(Portability, FewLaunchesHaveNoInterval) {
  Synthetic records;
  records.add(a, cpu_onednn, 1e6, 0.01, 3);
  records.add(a, cpu_opencl, 2e6, 0.01, 2);
  const auto shown = [&] {
    const Evidence evidence = records.evidence(test_facts());
    const auto groups = portability(evidence, PortabilityBy::backend);
    EXPECT_EQ(mean_text(*of(groups, "onednn").of_best), "1.00") << "held against itself";
    std::ostringstream text;
    print_portability(groups, text);
    print_portability_markdown(groups, text);
    return std::pair(text.str(), portability_json(groups)["platforms"][1]["of_best"]["interval"]);
  };
  const auto [few, no_interval] = shown();
  EXPECT_THAT(few, testing::Not(testing::HasSubstr("[")));
  EXPECT_TRUE(no_interval.is_null());
  records.document().records.back().launches.push_back(
      records.document().records.front().launches.front());
  const auto [enough, interval] = shown();
  EXPECT_THAT(enough, testing::HasSubstr("["));
  EXPECT_TRUE(interval.is_array());
}

TEST(Portability, OneDeviceAloneIsNotItsOwnBest) {
  const Synthetic records = two_backends();
  const Evidence evidence = records.evidence(test_facts());
  const auto devices = portability(evidence, PortabilityBy::device);
  EXPECT_FALSE(of(devices, "Example CPU").of_best.has_value());
  EXPECT_EQ(of(devices, "Example CPU").right, 2U);
}

TEST(Portability, DevicesAndVendors) {
  Synthetic records = two_backends();
  records.add(a, h100, 1e5);
  const Evidence evidence = records.evidence(test_facts());
  const auto devices = portability(evidence, PortabilityBy::device);
  EXPECT_EQ(of(devices, "NVIDIA H100 SXM").right, 1U);
  EXPECT_EQ(of(devices, "NVIDIA H100 SXM").tried, 2U);
  EXPECT_EQ(portability(evidence, PortabilityBy::vendor).size(), 2U);
  // Held against the best of all devices, not each against itself.
  EXPECT_DOUBLE_EQ(of(devices, "NVIDIA H100 SXM").of_best->minimum, 1);
  EXPECT_LT(of(devices, "Example CPU").of_best->minimum, 0.5);
  // Of what nobody else ran a device is no best known, and what wasn't tried on it is no failure.
  EXPECT_EQ(of(devices, "Example CPU").of_best->cases, 1U);
  EXPECT_EQ(of(devices, "NVIDIA H100 SXM").absent, 1U);
  std::ostringstream text;
  print_portability(devices, text);
  EXPECT_THAT(text.str(),
              testing::HasSubstr("1 of 2 problems run and verify (50 %); 1 weren't tried on it"));
  EXPECT_THAT(text.str(), testing::HasSubstr("NVIDIA H100 SXM (GPU)"));
  EXPECT_THAT(text.str(), testing::HasSubstr("Example CPU (CPU)"));
  EXPECT_EQ(share_text(0.0013), "0.0013");
  EXPECT_EQ(share_text(0.872), "0.87");
  EXPECT_THROW((void)parse_portability("vendr"), Error);
}

}  // namespace
}  // namespace assay
