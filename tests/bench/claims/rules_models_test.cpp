// Rules on whole models, their weights, and platforms of several devices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using enum VerdictWord;

// What `assay split` would write of three accelerators.
nlohmann::json split(double efficiency, int launches, const std::string& third) {
  nlohmann::json devices = nlohmann::json::array();
  for (const SyntheticDevice* d : {&h100, &mi300x, &b580}) {
    devices.push_back({{"device_name", d->name}, {"vendor", d->vendor}, {"hardware", d->hardware}});
  }
  devices[2]["hardware"] = third;
  nlohmann::json list = nlohmann::json::array();
  for (int i = 0; i < launches; ++i) {
    const std::vector<double> alone(20, 3e-3 + 1e-6 * i);
    const std::vector<double> together(20, 1e-3 / efficiency);
    list.push_back({{"seed", i}, {"alone_s", {alone, alone, alone}}, {"together_s", together}});
  }
  nlohmann::json job = {
      {"case", problem_name(parse_problem(prefill))}, {"devices", devices}, {"launches", list}};
  return {{"assay_split", 1}, {"splits", nlohmann::json::array({job})}};
}

TEST(Rules, PlatformOfSeveralVendors) {
  const Claim& claim = built_in("heterogeneous-chip-platform");
  Synthetic records = two_vendors(1, 1, 1);
  for (const std::string& problem : {prefill, decode, attention}) records.add(problem, b580, 9e6);
  const auto of = [&](const nlohmann::json& document) {
    Evidence evidence = records.evidence(test_facts());
    evidence.add_splits("split.json", document);
    evidence.add_splits("copy.json", document);
    return text(judge(claim, evidence).word);
  };
  EXPECT_EQ(of(split(0.95, 10, b580.hardware)), text(supported));
  EXPECT_EQ(of(split(0.6, 10, b580.hardware)), text(conditional)) << "runs everywhere, adds little";
  EXPECT_EQ(of(split(0.95, 5, b580.hardware)), text(inconclusive));
  EXPECT_EQ(of(split(0.95, 10, "cpu:x")), text(inconclusive)) << "a processor is none";
  EXPECT_EQ(of(split(0.95, 10, h100.hardware)), text(inconclusive)) << "one chip twice";
  EXPECT_EQ(of(nlohmann::json::array()), text(inconclusive));
  nlohmann::json broken = split(0.95, 10, b580.hardware);
  broken["splits"][0]["case"] = 7;
  EXPECT_THROW((void)of(broken), Error);
  records.add_status(attention, b580, Status::wrong, "error 3x tolerance");
  EXPECT_EQ(of(nlohmann::json::array()), text(conditional)) << "two run all, one matmul only";
  records.add_status(decode, mi300x, Status::wrong, "error 3x tolerance");
  EXPECT_EQ(of(split(0.95, 10, b580.hardware)), text(refuted)) << "one vendor runs all";
}

const std::string products = "matmul/dtype:s8/m:512/n:4096/k:4096";

Synthetic quantised(double at_one, double at_many, int runs, int group, double cache = 0.6) {
  Synthetic records;
  const std::string cached = "attention/dtype:bf16/heads:32/kv_heads:8/q:1/kv:4096/d:128";
  records.add(cached, cpu_onednn, 1e6, 0.002, runs);
  records.add(cached + "/kv_dtype:s8", cpu_onednn, 1e6 * cache, 0.002, runs);
  for (const auto& [m, factor] : {std::pair{"1", at_one}, std::pair{"512", at_many}}) {
    const std::string base = std::string("matmul/dtype:bf16/m:") + m + "/n:4096/k:4096";
    records.add(base, cpu_onednn, 1e6, 0.002, runs);
    for (const char* weights : {"s8", "s4"}) {
      records.add(base + "/weights:" + weights + "/group:" + std::to_string(group), cpu_onednn,
                  1e6 * factor, 0.002, runs);
    }
  }
  return records;
}

TEST(Rules, LighterModels) {
  const std::string id = "lighter-models-move-to-device";
  EXPECT_EQ(word(id, quantised(0.5, 0.7, 10, 128)), text(supported));
  EXPECT_EQ(word(id, quantised(5, 5, 10, 128)), text(refuted));
  EXPECT_EQ(word(id, quantised(0.5, 1.3, 10, 128)), text(conditional));
  // Bytes follow from the formats; without enough runs they decide nothing.
  EXPECT_EQ(word(id, quantised(0.5, 0.7, 1, 128)), text(inconclusive));
  // A cache of 8 bits is part of the method.
  EXPECT_EQ(word(id, quantised(0.5, 0.7, 10, 128, 1.2)), text(conditional));
  // Of 16 bits 4 are 0.375 in groups of 8, 8 are 0.625.
  EXPECT_EQ(word(id, quantised(0.5, 0.7, 10, 8)), text(conditional));
}

// Records without some weights, or with a device that refuses them.
Synthetic without(const Synthetic& from, const std::string& weights, bool refused) {
  Synthetic records = from;
  std::vector<Record>& rows = records.document().records;
  const auto has = [&](const Record& r) {
    return r.name.find("/weights:" + weights) != std::string::npos;
  };
  if (!refused) {
    std::erase_if(rows, has);
    return records;
  }
  for (Record& row : rows) {
    if (!has(row)) continue;
    row.status = Status::unsupported;
    row.reason = "no such weights here";
    row.launches.clear();
  }
  return records;
}

TEST(Rules, LighterByEightBitsOrByFour) {
  const std::string id = "lighter-models-move-to-device";
  for (const std::string only : {"s8", "s4"}) {
    EXPECT_EQ(word(id, without(quantised(0.5, 0.7, 10, 128), only, false)), text(supported))
        << only;
  }
  // 8 bits in groups of 16 are 0.5625 of 16; 4 bits in groups of 8 are 0.375.
  Synthetic mixed = without(quantised(0.5, 0.7, 10, 8), "s8", false);
  for (const char* m : {"1", "512"}) {
    mixed.add(std::string("matmul/dtype:bf16/m:") + m + "/n:4096/k:4096/weights:s8/group:16",
              cpu_onednn, 6e5, 0.002);
  }
  EXPECT_EQ(word(id, mixed), text(supported)) << "one of them is enough";
}

TEST(Rules, LighterWhereTheHardwareHasTheDtype) {
  const std::string id = "lighter-models-move-to-device";
  const ClaimVerdict some = judged(id, without(quantised(0.5, 0.7, 10, 128), "s4", true));
  EXPECT_EQ(some.word, conditional);
  EXPECT_THAT(some.missing, testing::IsEmpty());
  const auto refused = std::ranges::find_if(
      some.findings, [](const ClaimFinding& f) { return !f.reading.refused.empty(); });
  ASSERT_NE(refused, some.findings.end());
  EXPECT_THAT(refused->reading.refused, testing::HasSubstr("no such weights here"));
  const Synthetic none = without(without(quantised(0.5, 0.7, 10, 128), "s4", true), "s8", true);
  EXPECT_EQ(word(id, none), text(conditional)) << "it runs 16 bits and refuses fewer";
  EXPECT_THAT(judged(id, none).missing, testing::IsEmpty());
  // Another backend had no time for it: whether the device can isn't known.
  Synthetic skipped = none;
  SyntheticDevice other = cpu_onednn;
  other.backend = "openblas";
  for (const char* weights : {"s8", "s4"}) {
    skipped.add_status(
        std::string("matmul/dtype:bf16/m:1/n:4096/k:4096/weights:") + weights + "/group:128", other,
        Status::skipped, "no time left");
  }
  EXPECT_EQ(word(id, skipped), text(inconclusive));
  // Slower than 16 bits is slower, whatever else is refused.
  EXPECT_EQ(word(id, without(quantised(5, 5, 10, 128), "s4", true)), text(refuted));
}

TEST(Rules, MemoryAndComputation) {
  const std::string id = "squeezebits-reduces-memory-and-compute";
  const auto with = [](Synthetic records, double factor) {
    records.add(products, cpu_onednn, 1e6 * factor, 0.002);
    return records;
  };
  const Synthetic falls = quantised(0.5, 1.3, 10, 128);
  // As many multiply-adds, each of them cheaper in 8 bits; slower ones: memory yes, computation no.
  EXPECT_EQ(word(id, with(falls, 0.6)), text(supported));
  EXPECT_EQ(word(id, with(falls, 1.2)), text(conditional));
  EXPECT_EQ(word(id, falls), text(inconclusive)) << "8-bit products weren't tried";
  Synthetic refuses = falls;
  refuses.add_status(products, cpu_onednn, Status::unsupported, "no 8-bit products");
  EXPECT_EQ(word(id, refuses), text(conditional)) << "weights only: computation no";
  EXPECT_EQ(word(id, with(quantised(5, 5, 10, 128), 1.2)), text(refuted));
  EXPECT_EQ(word(id, with(quantised(5, 5, 10, 128), 0.6)), text(conditional)) << "one time falls";
  Synthetic neither = quantised(5, 5, 10, 128);
  neither.add_status(products, cpu_onednn, Status::unsupported, "no 8-bit products");
  EXPECT_EQ(word(id, neither), text(refuted));
  EXPECT_EQ(word(id, with(quantised(0.5, 0.7, 1, 128), 0.6)), text(inconclusive)) << "one run";
}

TEST(Rules, OnThePhone) {
  const std::string id = "inference-runs-on-the-phone";
  const auto phone = [](double memory) {
    return SyntheticDevice{"opencl", "Adreno(TM) X1-85", "QUALCOMM", "gpu:1", memory};
  };
  const auto of = [&](double tokens, double memory, int runs) {
    Synthetic records;
    add_decoding(records, phone(memory), "s4", tokens, runs);
    return judged(id, records);
  };
  EXPECT_EQ(of(20, 64e9, 10).word, supported);
  EXPECT_EQ(of(2, 64e9, 10).word, refuted);
  const ClaimVerdict full = of(20, 0.5e9, 10);
  EXPECT_EQ(full.word, refuted) << "fits in no dtype";
  EXPECT_EQ(full.grade, Grade::label)
      << "fast enough, and steady, was measured; that decides nothing";
  EXPECT_EQ(full.qualification, "by what the driver says of the device, not measured");
  EXPECT_EQ(of(2, 64e9, 10).grade, Grade::measured);
  EXPECT_EQ(of(20, 8e9, 10).word, conditional) << "fits only when quantised";
  EXPECT_EQ(of(20, 64e9, 1).word, inconclusive);
  // One that isn't in the table of facts, of phones by its maker; a processor is no such device.
  Synthetic other;
  add_decoding(other, {"opencl", "QUALCOMM Adreno(TM) 750", "QUALCOMM", "gpu:2", 64e9}, "s4", 20);
  EXPECT_EQ(word(id, other), text(supported));
  Synthetic mali;
  add_decoding(mali, {"opencl", "Mali-G715", "ARM", "gpu:3", 64e9}, "s4", 20);
  EXPECT_EQ(word(id, mali), text(supported));
  Synthetic server;
  add_decoding(server, {"opencl", "pocl-neoverse-v2", "ARM", "cpu:Neoverse-V2", 64e9}, "s4", 20);
  EXPECT_EQ(word(id, server), text(not_measurable));
  // A device of 4 GB doesn't hold 8 B in 4 bits: it is asked for 1 B.
  const auto small = [&](double tokens, double memory) {
    Synthetic records;
    add_decoding(records, phone(memory), "s4", tokens, 10, "llama-3.2-1b");
    return judged(id, records);
  };
  const ClaimVerdict sized = small(20, 4e9);
  EXPECT_EQ(sized.word, supported);
  EXPECT_THAT(sized.findings.front().reading.note, testing::HasSubstr("llama-3.2-1b"));
  EXPECT_EQ(small(2, 4e9).word, refuted);
  EXPECT_EQ(small(20, 2e9).word, conditional) << "fits only when quantised";
  EXPECT_EQ(of(20, 4e9, 10).word, inconclusive) << "kernels of another model";
  // Half of one product's samples slower: it is that product that shows the heat.
  const auto falling = [&](double left) {
    Synthetic records;
    add_decoding(records, phone(64e9), "s4", 20);
    for (Launch& launch : records.document().records.front().launches) {
      for (std::size_t i = 10; i < launch.samples_ns.size(); ++i) launch.samples_ns[i] /= left;
    }
    return judged(id, records).word;
  };
  EXPECT_EQ(falling(0.7), conditional) << "throttles";
  EXPECT_EQ(falling(0.9), supported);
  // What a token costs follows from a power that the user names, and decides nothing.
  Synthetic known;
  add_decoding(known, phone(64e9), "s4", 20);
  Evidence evidence = known.evidence(test_facts());
  const ClaimVerdict silent = judge(built_in(id), evidence);
  EXPECT_TRUE(silent.shown.empty());
  EXPECT_THAT(silent.not_shown,
              testing::Contains(testing::HasSubstr("--watts 'Qualcomm Adreno X1-85=W'")));
  evidence.set_watts(std::vector<std::string>{"Adreno=8"});
  const ClaimVerdict given = judge(built_in(id), evidence);
  EXPECT_EQ(given.word, supported);
  EXPECT_EQ(given.qualification, "");
  ASSERT_EQ(given.shown.size(), 1U);
  EXPECT_NEAR(given.shown.front().reading.value.value, 0.4, 0.004);
  EXPECT_EQ(given.shown.front().reading.unit, "J/token");
  // Fast products of other sizes are no tokens.
  Synthetic bound;
  bound.add_bytes("matmul/dtype:bf16/m:1/n:8192/k:8192", phone(64e9), 135e9);
  bound.add_bytes("matmul/dtype:bf16/m:1/n:8192/k:8192/weights:s4/group:128", phone(64e9), 135e9);
  bound.add_bytes("attention/dtype:bf16/heads:32/kv_heads:8/q:1/kv:8192/d:128", phone(64e9), 135e9);
  EXPECT_EQ(word(id, bound), text(inconclusive));
}

}  // namespace
}  // namespace assay
