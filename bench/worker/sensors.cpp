#include "bench/worker/sensors.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace assay {
namespace {

namespace fs = std::filesystem;

std::optional<double> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::string text;
  if (!stream || !std::getline(stream, text)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code none;
  std::vector<fs::path> entries;
  for (fs::directory_iterator each(folder, none), end; !none && each != end; each.increment(none)) {
    entries.push_back(each->path());
  }
  std::ranges::sort(entries);
  return entries;
}

// A counter of microjoules that starts again behind its largest value.
class EnergyFile {
 public:
  EnergyFile(fs::path file, double range) : file_(std::move(file)), range_(range) {}

  [[nodiscard]] bool readable() const { return number_in(file_).has_value(); }
  // Joules since the first reading; nothing if it can no longer be read.
  [[nodiscard]] std::optional<double> joules() {
    const std::optional<double> now = number_in(file_);
    if (!now) return std::nullopt;
    if (last_ && *now < *last_) wrapped_ += range_;
    last_ = now;
    return (wrapped_ + *now) * 1e-6;
  }

 private:
  fs::path file_;
  double range_ = 0;
  std::optional<double> last_;
  double wrapped_ = 0;
};

std::optional<double> sum_of(std::vector<EnergyFile>& files) {
  if (files.empty()) return std::nullopt;
  double sum = 0;
  for (EnergyFile& file : files) {
    const std::optional<double> joules = file.joules();
    if (!joules) return std::nullopt;
    sum += *joules;
  }
  return sum;
}

class CpuSensors final : public Sensors {
 public:
  explicit CpuSensors(const fs::path& sys) {
    find_packages(sys / "class/powercap");
    for (const fs::path& cpu : entries_of(sys / "devices/system/cpu")) {
      const fs::path time = cpu / "thermal_throttle/package_throttle_total_time_ms";
      if (number_in(time)) hot_.push_back(time);
    }
  }

  [[nodiscard]] SensorReading read() override {
    SensorReading reading;
    reading.joules = sum_of(packages_);
    // Processors of a package all count its throttling.
    for (const fs::path& file : hot_) {
      if (const auto ms = number_in(file)) {
        reading.hot_s = std::max(reading.hot_s.value_or(0), *ms * 1e-3);
      }
    }
    return reading;
  }
  [[nodiscard]] std::string source() const override { return missing_.empty() ? "powercap" : ""; }
  [[nodiscard]] std::string missing() const override { return missing_; }

 private:
  // "intel-rapl:0" is a package (AMD's processors are under that name, too), "intel-rapl:0:1" a part
  // of it; "psys", the whole machine where it exists, contains the packages.
  void find_packages(const fs::path& powercap) {
    missing_ = "the system counts no energy (" + powercap.string() + ")";
    for (const fs::path& zone : entries_of(powercap)) {
      std::ifstream name_file(zone / "name");
      std::string name;
      std::getline(name_file, name);
      if (!name.starts_with("package")) continue;
      EnergyFile file(zone / "energy_uj", number_in(zone / "max_energy_range_uj").value_or(0));
      if (!file.readable()) {
        missing_ = (zone / "energy_uj").string() + " can't be read: often root only";
        packages_.clear();
        return;
      }
      packages_.push_back(std::move(file));
      missing_.clear();
    }
  }

  std::vector<EnergyFile> packages_;
  std::vector<fs::path> hot_;
  std::string missing_;
};

class HwmonSensors final : public Sensors {
 public:
  HwmonSensors(const fs::path& sys, const std::string& pci) {
    for (const fs::path& folder : entries_of(sys / "bus/pci/devices" / pci / "hwmon")) {
      EnergyFile file(folder / "energy1_input", 0);
      if (files_.empty() && file.readable()) files_.push_back(std::move(file));
    }
  }

  [[nodiscard]] SensorReading read() override { return {sum_of(files_), {}, {}}; }
  [[nodiscard]] std::string source() const override { return files_.empty() ? "" : "hwmon"; }
  [[nodiscard]] std::string missing() const override {
    return files_.empty() ? "its driver counts no energy" : "";
  }

 private:
  std::vector<EnergyFile> files_;
};

class NoSensors final : public Sensors {
 public:
  [[nodiscard]] SensorReading read() override { return {}; }
  [[nodiscard]] std::string source() const override { return {}; }
  [[nodiscard]] std::string missing() const override {
    return "no sensors are known for this kind of device";
  }
};

}  // namespace

std::unique_ptr<Sensors> find_sensors(const DeviceInfo& info, const SensorPlaces& places) {
  if (info.hardware.starts_with("cpu:")) return std::make_unique<CpuSensors>(places.sys);
  if (!info.hardware.starts_with("gpu:") || info.software) return std::make_unique<NoSensors>();
  if (info.vendor.find("NVIDIA") != std::string::npos) {
    return nvml_sensors(info.hardware, places.nvml);
  }
  return std::make_unique<HwmonSensors>(places.sys, info.hardware.substr(4));
}

}  // namespace assay
