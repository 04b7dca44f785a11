// What hardware tells of itself without special rights: the energy that it took, and for how long it
// ran below its speed to stay within its limits. Nothing is ever set.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/backend.hpp"

namespace assay {

// Counters since some moment of the past: only differences mean something.
struct SensorReading {
  std::optional<double> joules;   // of the whole package or board, whoever used it
  std::optional<double> hot_s;    // slower because of its temperature
  std::optional<double> power_s;  // slower because of its limit of power
};

class Sensors {
 public:
  virtual ~Sensors() = default;
  [[nodiscard]] virtual SensorReading read() = 0;
  // Where its joules come from: "powercap", "nvml", "hwmon"; empty where there are none.
  [[nodiscard]] virtual std::string source() const = 0;
  // Why there are no joules; empty where there are.
  [[nodiscard]] virtual std::string missing() const = 0;
};

// Where sensors are looked for.
struct SensorPlaces {
  std::string sys = "/sys";
  std::string nvml;  // NVIDIA's library; empty: its usual names
};

// Of the hardware behind a device:
//   CPU         /sys/class/powercap, all packages; /sys/devices/system/cpu/cpu*/thermal_throttle
//   NVIDIA GPU  NVML: total energy consumption, violation times
//   other GPU   the hwmon folder of its PCI device, if it counts energy
[[nodiscard]] std::unique_ptr<Sensors> find_sensors(const DeviceInfo& info,
                                                    const SensorPlaces& places = {});

// NVML's of the GPU with that identity, DeviceInfo::hardware; never null.
[[nodiscard]] std::unique_ptr<Sensors> nvml_sensors(const std::string& hardware,
                                                    const std::string& library);

}  // namespace assay
