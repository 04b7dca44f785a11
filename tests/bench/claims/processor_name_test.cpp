#include "bench/claims/processor_name.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "synthetic.hpp"

namespace assay {
namespace {

using nlohmann::json;

json context(const json& isa, int processors, const std::string& core = {}) {
  json result;
  json& processor = result["assay"]["processor"];
  processor["isa"] = isa;
  processor["logical_processors"] = processors;
  if (!core.empty()) processor["core"] = core;
  return result;
}

const json zen4 = {"avx2", "avx512f", "avx512_bf16"};
const json zen5 = {"avx2", "avx512f", "avx_vnni", "avx512_bf16", "avx512_vp2intersect"};

TEST(ProcessorName, TheCoreIsWhatTheRecordSays) {
  EXPECT_EQ(core_of("AMD EPYC", context({"avx2"}, 2, "AMD Zen 3")), "Zen 3");
  EXPECT_EQ(core_of("Intel(R) Xeon(R)", context({"avx2"}, 2, "Intel Sapphire Rapids")),
            "Intel Sapphire Rapids");
  EXPECT_EQ(core_of("AMD EPYC", context({"avx2"}, 2, "not measurable here")), "");
}

// Of records from before they said it.
TEST(ProcessorName, InstructionSetsTellWhereTheyCan) {
  EXPECT_EQ(core_of("AMD EPYC", context(zen4, 2)), "Zen 4");
  EXPECT_EQ(core_of("AMD EPYC", context(zen5, 2)), "Zen 5");
  EXPECT_EQ(core_of("AMD EPYC", context({"avx2"}, 2)), "");
  EXPECT_EQ(core_of("Intel(R) Xeon(R)", context(zen4, 2)), "");
  json later = zen5;
  later.push_back("avx512_fp16");
  EXPECT_EQ(core_of("AMD EPYC", context(later, 2)), "");
  EXPECT_EQ(core_of("AMD EPYC", json()), "");
  EXPECT_EQ(core_of("AMD EPYC", json::array()), "");
}

TEST(ProcessorName, NumbersOnlyWhereNothingTells) {
  ProcessorNames names;
  const std::vector<std::pair<json, std::string>> all = {
      {context(zen4, 2), " (Zen 4)"},
      {context(zen5, 2), " (Zen 5)"},
      {context(zen4, 16), " (Zen 4, 16 processors)"},
      {context({"avx2"}, 2), ""},
      {context({"avx2", "fma"}, 2), " #2"},
      {context({"avx2", "fma"}, 8), " (8 processors)"}};
  for (const auto& [of, suffix] : all) names.note("AMD EPYC", of);
  for (const auto& [of, suffix] : all) {
    EXPECT_EQ(names.suffix("AMD EPYC", of), suffix);
    EXPECT_EQ(names.suffix("AMD EPYC", of), suffix) << "as often as it is asked";
  }
  EXPECT_EQ(names.suffix("AMD EPYC", json()), "");
}

TEST(ProcessorName, ModelsHaveIt) {
  SyntheticDevice epyc_of_a_machine = epyc;
  epyc_of_a_machine.name = "AMD EPYC";
  epyc_of_a_machine.hardware = "cpu:AMD EPYC";
  Evidence evidence(test_facts());
  for (const json* isa : {&zen4, &zen5, &zen4}) {
    Synthetic records;
    records.add(decode, epyc_of_a_machine, 1e6);
    records.document().context["assay"]["processor"] = {{"isa", *isa}, {"logical_processors", 2}};
    evidence.add("x.json", records.document());
  }
  ASSERT_EQ(evidence.models().size(), 2U);
  EXPECT_EQ(evidence.models().front().name, "AMD EPYC (Zen 4)");
  EXPECT_EQ(evidence.models().back().name, "AMD EPYC (Zen 5)");
}

}  // namespace
}  // namespace assay
