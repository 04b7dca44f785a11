// Rules on how much memory a device has and how fast it is, on records whose truth is planted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using enum VerdictWord;

const std::string reads = "stream/op:read/bytes:2000000000";

const SyntheticDevice rtx4090{"opencl", "NVIDIA GeForce RTX 4090", h100.vendor, "gpu:4090", 24e9};
const SyntheticDevice rtx5090{"opencl", "NVIDIA GeForce RTX 5090", h100.vendor, "gpu:5090", 32e9};

// Verified working sets are near the label, or nothing was exercised. A key holds no more than 2 GB, so
// the devices are small ones of the same proportion.
TEST(Rules, MemoryCapacity) {
  const std::string id = "mi300x-memory-density-2p4x";
  const auto of = [&](double theirs, double share) {
    Synthetic records;
    SyntheticDevice amd = mi300x;
    SyntheticDevice nvidia = h100;
    amd.memory_bytes = theirs;
    nvidia.memory_bytes = 0.8e9;
    const auto bytes = [&](double label) {
      return "stream/op:read/bytes:" + std::to_string(static_cast<std::int64_t>(share * label));
    };
    records.add_bytes(bytes(theirs), amd, 3e12);
    records.add_bytes(bytes(0.8e9), nvidia, 2e12);
    return judged(id, records);
  };
  EXPECT_EQ(of(1.92e9, 0.95).word, supported);
  EXPECT_EQ(of(1.92e9, 0.95).grade, Grade::measured);
  EXPECT_EQ(of(1.28e9, 0.95).word, refuted);
  Synthetic two;
  const std::string most = "stream/op:read/bytes:";
  const SyntheticDevice pcie{"opencl", "NVIDIA H100 PCIe", h100.vendor, "gpu:pcie", 0.96e9};
  SyntheticDevice sxm = h100;
  SyntheticDevice amd = mi300x;
  sxm.memory_bytes = 0.8e9;
  amd.memory_bytes = 1.92e9;
  two.add_bytes(most + "1900000000", amd, 3e12);
  two.add_bytes(most + "792000000", sxm, 2e12);
  two.add_bytes(most + "950000000", pcie, 1e12);
  EXPECT_EQ(word(id, two), text(conditional)) << "the comparator decides";
  // Devices of their real size, filled by assay capacity.
  Synthetic large;
  large.add_bytes(reads, mi300x, 3e12);
  large.add_bytes(reads, h100, 2e12);
  const auto filled = [](double theirs, double ours, bool passed) {
    const auto device = [&](const SyntheticDevice& d, double bytes) {
      return nlohmann::json{{"device_name", d.name},
                            {"hardware", d.hardware},
                            {"verified_bytes", bytes},
                            {"passed", passed}};
    };
    return nlohmann::json{{"assay_capacity", 1},
                          {"devices", {device(mi300x, theirs), device(h100, ours), 7}}};
  };
  for (const bool before : {true, false}) {
    Evidence evidence(test_facts());
    if (before) evidence.add_capacities("capacity.json", filled(182e9, 76e9, true));
    evidence.add("run.json", large.document());
    if (!before) evidence.add_capacities("capacity.json", filled(182e9, 76e9, true));
    const ClaimVerdict v = judge(built_in(id), evidence);
    EXPECT_EQ(v.word, supported);
    EXPECT_EQ(v.grade, Grade::measured);
    EXPECT_TRUE(v.records.contains("capacity.json"));
  }
  Evidence broken = large.evidence(test_facts());
  broken.add_capacities("capacity.json", filled(182e9, 76e9, false));
  EXPECT_EQ(judge(built_in(id), broken).word, inconclusive) << "contents that came back wrong";
  const ClaimVerdict label = of(1.92e9, 0.1);
  EXPECT_EQ(label.word, inconclusive);
  EXPECT_EQ(label.grade, Grade::label);
  EXPECT_THAT(label.findings.front().why, HasSubstr("capacity not exercised"));
}

TEST(Rules, MemoryCapacityDependsOnTheComparator) {
  const std::string id = "mi300x-memory-density-2p4x";
  const auto fill = [](Synthetic& records, SyntheticDevice device, double bytes) {
    device.memory_bytes = bytes;
    const auto most = static_cast<std::int64_t>(0.98 * bytes);
    records.add_bytes("stream/op:read/bytes:" + std::to_string(most), device, 2e12);
  };
  const SyntheticDevice h200{"opencl", "NVIDIA H200", h100.vendor, "gpu:h200", 0};
  const SyntheticDevice b200{"opencl", "NVIDIA B200", h100.vendor, "gpu:b200", 0};
  Synthetic two;
  fill(two, mi300x, 1.92e9);
  fill(two, h100, 0.8e9);
  EXPECT_EQ(word(id, two), text(supported)) << "nothing else is needed";
  for (const auto& [device, bytes] : {std::pair{&h200, 1.41e9}, std::pair{&b200, 1.8e9}}) {
    Synthetic three = two;
    fill(three, *device, bytes);
    EXPECT_EQ(word(id, three), text(conditional)) << device->name;
  }
  Synthetic other;
  fill(other, mi300x, 1.92e9);
  fill(other, h200, 1.41e9);
  const ClaimVerdict v = judged(id, other);
  EXPECT_EQ(v.word, not_measurable) << "H200 isn't what it is said of";
  EXPECT_THAT(v.missing, testing::ElementsAre("NVIDIA H100"));
  // 10 % below 2.4, which is less than 2.4 / 1.1.
  Synthetic low;
  fill(low, mi300x, 1.736e9);
  fill(low, h100, 0.8e9);
  EXPECT_EQ(word(id, low), text(supported));
}

TEST(Rules, BandwidthDependsOnTheComparator) {
  const std::string id = "mi300x-bandwidth-1p6x";
  const SyntheticDevice pcie{"opencl", "NVIDIA H100 PCIe", h100.vendor, "gpu:pcie", 80e9};
  const SyntheticDevice h200{"opencl", "NVIDIA H200", h100.vendor, "gpu:h200", 141e9};
  Synthetic two;
  two.add_bytes(reads, mi300x, 4.8e12);
  two.add_bytes(reads, h100, 3e12);
  EXPECT_EQ(word(id, two), text(supported));
  for (const auto& [device, rate] : {std::pair{&pcie, 1.8e12}, std::pair{&h200, 4.2e12}}) {
    Synthetic three = two;
    three.add_bytes(reads, *device, rate);
    EXPECT_EQ(word(id, three), text(conditional)) << device->name;
  }
}

TEST(Rules, BandwidthOfMemoryNotOfACache) {
  const std::string id = "mi300x-bandwidth-1p6x";
  const auto of = [&](double theirs) {
    Synthetic records;
    records.add_bytes(reads, mi300x, theirs);
    records.add_bytes(reads, h100, 3e12);
    // Out of a cache.
    records.add_bytes("stream/op:read/bytes:67108864", mi300x, 17e12);
    return word(id, records);
  };
  EXPECT_EQ(of(4.8e12), text(supported));
  EXPECT_EQ(of(3.6e12), text(refuted));
  EXPECT_EQ(of(6e12), text(inconclusive)) << "above the bandwidth on record";
}

TEST(Rules, BandwidthForEachWatt) {
  Synthetic records;
  records.add_bytes(reads, h100, 3e12);
  Evidence evidence = records.evidence(test_facts());
  evidence.set_watts(std::vector<std::string>{"H100=600"});
  const ClaimVerdict v = judge(built_in("hbm-moves-more-data-at-once"), evidence);
  ASSERT_EQ(v.shown.size(), 1U);
  EXPECT_NEAR(v.shown.front().reading.value.value, 5e9, 5e7);
  EXPECT_EQ(v.shown.front().reading.unit, "B/J");
}

TEST(Rules, HighBandwidthMemory) {
  const std::string id = "hbm-moves-more-data-at-once";
  const auto of = [&](double hbm) {
    Synthetic records;
    records.add_bytes(reads, h100, hbm);
    records.add_bytes(reads, rtx4090, 0.9e12);
    records.add_bytes(reads, epyc, 0.4e12);
    return records;
  };
  EXPECT_EQ(word(id, of(3e12)), text(supported));
  EXPECT_EQ(word(id, of(0.3e12)), text(refuted));
  Synthetic later = of(1.5e12);
  later.add_bytes(reads, rtx5090, 1.7e12);
  EXPECT_EQ(word(id, later), text(conditional)) << "GDDR7 of another year";
  Synthetic apart;
  apart.add_bytes(reads, h100, 3e12);
  apart.add_bytes(reads, rtx5090, 1.7e12);
  apart.add_bytes(reads, epyc, 0.4e12);
  EXPECT_EQ(word(id, apart), text(inconclusive)) << "no GDDR of the same year";
}
}  // namespace
}  // namespace assay
