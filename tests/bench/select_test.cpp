#include "bench/select.hpp"

#include <gmock/gmock.h>

#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

KnownDevice device(std::string backend, std::string ordinal, std::string name, bool cpu,
                   bool software = false) {
  KnownDevice known;
  known.backend = std::move(backend);
  known.info.ordinal = std::move(ordinal);
  known.info.name = std::move(name);
  known.info.cpu = cpu;
  known.info.software = software;
  return known;
}

Inventory machine() {
  Inventory inventory;
  inventory.devices = {device("onednn", "0", "EPYC 7763", true),
                       device("opencl", "0.0", "cpu-znver3", true),
                       device("opencl", "1.0", "Arc A770", false),
                       device("opencl", "1.1", "Arc B580", false),
                       device("opencl", "2.0", "llvmpipe", false, true),
                       device("reference", "0", "EPYC 7763 once more", true)};
  inventory.unavailable = {{"opencl", "part 3: signal 11"}};
  return inventory;
}

using Words = std::vector<std::string>;

Words ids(const Words& selectors) {
  Words result;
  for (const KnownDevice& each : select_devices(selectors, machine()).devices) {
    result.push_back(each.id());
  }
  return result;
}

TEST(SelectDevices, DefaultLeavesOutReferenceAndSoftwareGpus) {
  EXPECT_THAT(ids({}), ElementsAre("onednn:0", "opencl:0.0", "opencl:1.0", "opencl:1.1"));
}

TEST(SelectDevices, ByBackendPlatformAndOrdinal) {
  EXPECT_THAT(ids({"onednn:0"}), ElementsAre("onednn:0"));
  EXPECT_THAT(ids({"opencl:1"}), ElementsAre("opencl:1.0", "opencl:1.1"));
  EXPECT_THAT(ids({"opencl:1.1"}), ElementsAre("opencl:1.1"));
  EXPECT_THAT(ids({"opencl"}), SizeIs(4));
  EXPECT_THAT(ids({"reference"}), ElementsAre("reference:0"));
  EXPECT_THAT(ids({"opencl:1.1", "onednn", "opencl:1"}),
              ElementsAre("onednn:0", "opencl:1.0", "opencl:1.1"));
}

TEST(SelectDevices, ByKind) {
  EXPECT_THAT(ids({"cpu"}), ElementsAre("onednn:0", "opencl:0.0"));
  EXPECT_THAT(ids({"gpu"}), ElementsAre("opencl:1.0", "opencl:1.1"));
  EXPECT_THAT(ids({"gpu:1"}), ElementsAre("opencl:1.1"));
  EXPECT_THAT(ids({"all"}), SizeIs(5));
}

TEST(SelectDevices, ByPartOfTheName) {
  EXPECT_THAT(ids({"a770"}), ElementsAre("opencl:1.0"));
  EXPECT_THAT(ids({"7763"}), ElementsAre("onednn:0"));
  EXPECT_THAT([] { (void)ids({"arc"}); },
              ThrowsMessage<Error>(HasSubstr("opencl:1.0 (Arc A770), opencl:1.1 (Arc B580)")));
  EXPECT_THAT([] { (void)ids({"opencll"}); },
              ThrowsMessage<Error>(HasSubstr("unknown device 'opencll'; did you mean 'opencl'?")));
}

TEST(SelectDevices, SaysWhyAKnownBackendHasNoSuchDevice) {
  const Selection none = select_devices(Words{"opencl:3.0", "gpu:7"}, machine());
  EXPECT_THAT(none.devices, IsEmpty());
  ASSERT_THAT(none.missing, SizeIs(2));
  EXPECT_EQ(none.missing[0].backend, "opencl");
  EXPECT_EQ(none.missing[0].reason, "no device opencl:3.0 here: part 3: signal 11");
  EXPECT_EQ(none.missing[1].reason, "no device gpu:7 here; present: opencl:1.0, opencl:1.1");
}

// opencl's part 3 broke: whatever may be in it is no device that isn't here.
TEST(SelectDevices, WhatALostPartMayHoldHasFailed) {
  Inventory inventory = machine();
  inventory.unavailable = {{"opencl", "part 3: signal 9 (killed)", "", true, "3", true}};
  const auto missing = [&](const std::string& selector) {
    const Selection selection = select_devices(Words{selector}, inventory);
    EXPECT_THAT(selection.devices, IsEmpty()) << selector;
    EXPECT_THAT(selection.lost, IsEmpty()) << selector;
    return selection.missing.at(0);
  };
  for (const char* selector : {"opencl:3", "opencl:3.0", "gpu:7", "h200"}) {
    EXPECT_TRUE(missing(selector).failed) << selector;
    EXPECT_THAT(missing(selector).reason, HasSubstr("part 3: signal 9 (killed)")) << selector;
  }
  for (const char* selector : {"opencl:4.0", "opencl:30.0", "clblast:3.0"}) {
    EXPECT_FALSE(missing(selector).failed) << selector;
  }
  for (const Words& selectors : {Words{}, {"all"}, {"gpu"}, {"opencl"}, {"opencl", "all"}}) {
    const Selection selection = select_devices(selectors, inventory);
    EXPECT_THAT(selection.missing, IsEmpty());
    ASSERT_THAT(selection.lost, SizeIs(1));
    EXPECT_EQ(selection.lost[0].selector, "opencl:3");
    EXPECT_EQ(selection.lost[0].reason, "part 3: signal 9 (killed)");
    EXPECT_TRUE(selection.lost[0].failed);
  }
  for (const char* selector : {"onednn", "opencl:1", "opencl:1.0", "a770"}) {
    const Selection selection = select_devices(Words{selector}, inventory);
    EXPECT_THAT(selection.missing, IsEmpty()) << selector;
    EXPECT_THAT(selection.lost, IsEmpty()) << selector;
  }
}

TEST(SelectDevices, WhatARejectedPluginMayHaveHeldIsMissing) {
  Inventory inventory = machine();
  inventory.unavailable.push_back({"plugin", "/a.so: no entry", "/a.so", true});
  for (const std::string selector : {"mychip:0", "mychip"}) {
    const Selection selection = select_devices(Words{selector, "onednn:0", "a770"}, inventory);
    EXPECT_THAT(selection.devices, SizeIs(2));
    ASSERT_THAT(selection.missing, SizeIs(1));
    EXPECT_EQ(selection.missing.front().selector, selector);
    EXPECT_THAT(selection.missing.front().reason,
                testing::AllOf(HasSubstr("unknown backend 'mychip'"),
                               testing::EndsWith("; rejected: /a.so: no entry")));
  }
  // One whose name is known hides nothing.
  inventory.unavailable.back() = {"threads", "/a.so: crashed", "/a.so", true};
  inventory.plugins = {"threads"};
  EXPECT_THROW((void)select_devices(Words{"mychip:0"}, inventory), Error);
}

TEST(CheckSelectors, KnowsWrongBackendsWithoutAskingDrivers) {
  const auto check = [](std::string word) { return [word] { check_selectors(Words{word}); }; };
  EXPECT_THAT(check("onedn:0"), ThrowsMessage<Error>(HasSubstr("did you mean 'onednn'?")));
  EXPECT_THAT(check("opencl:"), ThrowsMessage<Error>(HasSubstr("must be like opencl")));
  EXPECT_THAT(check("all:1"), ThrowsMessage<Error>(HasSubstr("must be like all")));
  EXPECT_THAT([] { (void)split_selectors(Words{"a,,b"}); },
              ThrowsMessage<Error>(HasSubstr("empty device")));
  EXPECT_THAT(split_selectors(Words{"a,b", "c"}), ElementsAre("a", "b", "c"));
}

TEST(BackendsFor, NamedOnesOnly) {
  EXPECT_THAT(backends_for(Words{"null:0", "opencl:1", "null"}), ElementsAre("null", "opencl"));
  EXPECT_THAT(backends_for(Words{"gpu"}), ElementsAre("onednn", "opencl"));
  EXPECT_THAT(backends_for(Words{}), ElementsAre("onednn", "opencl"));
}

}  // namespace
}  // namespace assay
