#include "bench/inventory.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "kernels/error.hpp"
#include "tests/support/missing.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Property;
using testing::ThrowsMessage;

WorkerSettings settings(const char* executable) {
  WorkerSettings settings;
  settings.executable = executable;
  return settings;
}

class Inventories : public testing::Test {
 protected:
  void TearDown() override { unsetenv("FAKE_WORKER"); }
};

TEST_F(Inventories, HoldWhatTheBackendsShow) {
  const Inventory inventory = discover({"reference", "null"}, settings(REAL_WORKER));
  EXPECT_THAT(inventory.devices, ElementsAre(Property(&KnownDevice::id, "reference:0"),
                                             Property(&KnownDevice::id, "null:0")));
  EXPECT_THAT(inventory.unavailable, IsEmpty());
  EXPECT_GT(inventory.devices[0].info.memory_bytes, 0);
  EXPECT_FALSE(inventory.devices[0].info.dtypes.empty());
}

// PoCL shows its threads as compute units.
TEST_F(Inventories, ThreadsAreThoseOfOpenclOnCpusToo) {
  WorkerSettings one = settings(REAL_WORKER);
  one.threads = 1;
  bool pocl = false;
  for (const KnownDevice& device : discover({"opencl"}, one).devices) {
    if (!device.info.cpu || device.info.platform.find("PoCL") == std::string::npos) continue;
    pocl = true;
    EXPECT_EQ(device.info.compute_units, 1) << device.info.name;
  }
  if (!pocl) ASSAY_MISSING("pocl", "no PoCL here");
}

TEST_F(Inventories, NameTheNearestBackend) {
  EXPECT_THAT([] { (void)discover({"refrence"}, settings(REAL_WORKER)); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'reference'")));
}

TEST_F(Inventories, AskEachPartInAProcessOfItsOwn) {
  const Inventory inventory = discover({"null"}, settings(FAKE_WORKER));
  EXPECT_THAT(inventory.devices, ElementsAre(Property(&KnownDevice::id, "null:0.0"),
                                             Property(&KnownDevice::id, "null:1.0")));
}

TEST_F(Inventories, AskOnceMoreWhatCrashes) {
  const TemporaryFolder folder;
  setenv("FAKE_WORKER_DIR", folder.path().c_str(), 1);
  setenv("FAKE_WORKER", "crash_once", 1);
  const Inventory inventory = discover({"null"}, settings(FAKE_WORKER));
  EXPECT_THAT(inventory.devices, ElementsAre(Property(&KnownDevice::id, "null:0.0"),
                                             Property(&KnownDevice::id, "null:1.0")));
  EXPECT_THAT(inventory.unavailable, IsEmpty());
  // So it isn't the fake that is forgiving.
  EXPECT_EQ(std::filesystem::file_size(folder / "parts"), 2U);
  EXPECT_EQ(std::filesystem::file_size(folder / "devices1"), 2U);
}

TEST_F(Inventories, ACrashHidesOnlyItsPart) {
  setenv("FAKE_WORKER", "crash", 1);
  const Inventory inventory = discover({"null"}, settings(FAKE_WORKER));
  EXPECT_THAT(inventory.devices, ElementsAre(Property(&KnownDevice::id, "null:0.0")));
  EXPECT_THAT(
      inventory.unavailable,
      ElementsAre(AllOf(Field(&Unavailable::backend, "null"),
                        Field(&Unavailable::reason, "part 1: signal 11 (segmentation fault)"),
                        Field(&Unavailable::part, "1"), Field(&Unavailable::lost, true))));
}

TEST_F(Inventories, WaitNoLongerThanToldForAllTogether) {
  setenv("FAKE_WORKER", "mute", 1);
  WorkerSettings impatient = settings(FAKE_WORKER);
  impatient.answer_timeout_s = 0.5;
  const Inventory inventory = discover({"null", "reference"}, impatient);
  EXPECT_THAT(inventory.devices, IsEmpty());
  EXPECT_THAT(inventory.unavailable,
              ElementsAre(Field(&Unavailable::reason, "no answer in 0.5 s"),
                          Field(&Unavailable::reason, "no answer in 0.5 s")));
}

}  // namespace
}  // namespace assay
