#include "bench/worker/sensors.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

class FakeSystem : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(folder_.path()) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
  void zone(const std::string& zone, const std::string& name, const std::string& energy) {
    write("class/powercap/" + zone + "/name", name);
    write("class/powercap/" + zone + "/energy_uj", energy);
    write("class/powercap/" + zone + "/max_energy_range_uj", "1000000000");
  }
  [[nodiscard]] std::unique_ptr<Sensors> sensors(const std::string& hardware,
                                                 const std::string& vendor) const {
    DeviceInfo info;
    info.hardware = hardware;
    info.vendor = vendor;
    return find_sensors(info, {folder_.path(), FAKE_NVML});
  }
  [[nodiscard]] std::unique_ptr<Sensors> cpu() const { return sensors("cpu:Some CPU", "Intel"); }

  TemporaryFolder folder_;
};

TEST_F(FakeSystem, SumsPackagesAndNothingElse) {
  zone("intel-rapl:0", "package-0", "1000000");
  zone("intel-rapl:0:0", "core", "500000");
  zone("intel-rapl:1", "package-1", "3000000");
  zone("intel-rapl:2", "psys", "9000000");
  const auto sensors = cpu();
  EXPECT_EQ(sensors->source(), "powercap");
  EXPECT_EQ(sensors->missing(), "");
  EXPECT_DOUBLE_EQ(*sensors->read().joules, 4);
  zone("intel-rapl:1", "package-1", "5500000");
  EXPECT_DOUBLE_EQ(*sensors->read().joules, 6.5);
}

TEST_F(FakeSystem, CountersStartAgain) {
  zone("intel-rapl:0", "package-0", "999000000");
  const auto sensors = cpu();
  const double before = *sensors->read().joules;
  zone("intel-rapl:0", "package-0", "2000000");
  EXPECT_DOUBLE_EQ(*sensors->read().joules - before, 3);
}

TEST_F(FakeSystem, SaysWhyThereIsNoEnergy) {
  EXPECT_THAT(cpu()->missing(), HasSubstr("the system counts no energy"));
  EXPECT_FALSE(cpu()->read().joules);
  EXPECT_EQ(cpu()->source(), "");
  write("class/powercap/intel-rapl:0/name", "package-0");
  EXPECT_THAT(cpu()->missing(), HasSubstr("energy_uj can't be read"));
  // A package of two that can't be read: half the truth is none.
  zone("intel-rapl:1", "package-1", "7000000");
  EXPECT_FALSE(cpu()->read().joules);
  write("class/powercap/intel-rapl:0/energy_uj", "many");
  EXPECT_THAT(cpu()->missing(), HasSubstr("can't be read"));
}

TEST_F(FakeSystem, ReadsHowLongAPackageWasTooHot) {
  EXPECT_FALSE(cpu()->read().hot_s);
  write("devices/system/cpu/cpu0/thermal_throttle/package_throttle_total_time_ms", "1500");
  write("devices/system/cpu/cpu1/thermal_throttle/package_throttle_total_time_ms", "1400");
  EXPECT_DOUBLE_EQ(*cpu()->read().hot_s, 1.5);
}

TEST_F(FakeSystem, ReadsAGpusHwmon) {
  EXPECT_THAT(sensors("gpu:0000:03:00.0", "Intel")->missing(), HasSubstr("counts no energy"));
  write("bus/pci/devices/0000:03:00.0/hwmon/hwmon4/energy1_input", "2500000");
  const auto found = sensors("gpu:0000:03:00.0", "Intel");
  EXPECT_EQ(found->source(), "hwmon");
  EXPECT_DOUBLE_EQ(*found->read().joules, 2.5);
  EXPECT_THAT(sensors("gpu:0000:04:00.0", "Intel")->missing(), HasSubstr("counts no energy"));
}

// fake_nvml.c: 5 J, 10 ms of heat and 20 ms of its power limit from reading to reading.
TEST_F(FakeSystem, AsksNvml) {
  for (const char* identity : {"gpu:9a3c02ab-6f84-1dae-f0dc-9f94585ec979", "gpu:0000:3b:00.0"}) {
    const auto found = sensors(identity, "NVIDIA Corporation");
    EXPECT_EQ(found->missing(), "") << identity;
    EXPECT_EQ(found->source(), "nvml");
    const SensorReading before = found->read();
    const SensorReading after = found->read();
    EXPECT_DOUBLE_EQ(*after.joules - *before.joules, 5);
    EXPECT_NEAR(*after.hot_s - *before.hot_s, 0.01, 1e-12);
    EXPECT_NEAR(*after.power_s - *before.power_s, 0.02, 1e-12);
  }
}

TEST_F(FakeSystem, SaysWhatNvmlLacks) {
  const auto unknown = sensors("gpu:00000000-0000-0000-0000-000000000000", "NVIDIA Corporation");
  EXPECT_EQ(unknown->missing(), "NVML doesn't know this GPU");
  EXPECT_FALSE(unknown->read().joules);
  const auto none = nvml_sensors("gpu:0000:3b:00.0", folder_ / "none.so");
  EXPECT_THAT(none->missing(), HasSubstr("can't open"));
  EXPECT_FALSE(none->read().hot_s);
  EXPECT_EQ(none->source(), "");
}

TEST_F(FakeSystem, SimulatedGpusHaveNone) {
  DeviceInfo info;
  info.hardware = "gpu:0000:03:00.0";
  info.software = true;
  EXPECT_THAT(find_sensors(info)->missing(), HasSubstr("no sensors"));
}

}  // namespace
}  // namespace assay
