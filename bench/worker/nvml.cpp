// NVIDIA's management library, opened at run time. Its types are those of its documented C interface.
#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <vector>

#include "bench/worker/sensors.hpp"

namespace assay {
namespace {

using Device = struct OpaqueNvmlDevice*;
struct ViolationTime {
  unsigned long long reference_us = 0;
  unsigned long long violation_ns = 0;
};
constexpr int policy_power = 0;
constexpr int policy_thermal = 1;

std::vector<std::string> usual_names() {
  return {"libnvidia-ml.so.1", "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
          "/usr/lib/wsl/lib/libnvidia-ml.so.1"};
}

class Nvml final : public Sensors {
 public:
  Nvml(const std::string& hardware, const std::string& library) {
    missing_ = open(library.empty() ? usual_names() : std::vector<std::string>{library});
    if (missing_.empty()) missing_ = find(hardware.substr(4));
    if (missing_.empty() && !energy()) missing_ = "NVML counts no energy of this GPU";
  }
  // The library stays loaded, as drivers want it: the process ends soon.

  [[nodiscard]] SensorReading read() override {
    if (device_ == nullptr) return {};
    return {energy(), violation(policy_thermal), violation(policy_power)};
  }
  [[nodiscard]] std::string source() const override { return missing_.empty() ? "nvml" : ""; }
  [[nodiscard]] std::string missing() const override { return missing_; }

 private:
  template <typename Function>
  [[nodiscard]] bool look_up(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(dlsym(handle_, name));
    return function != nullptr;
  }

  [[nodiscard]] std::string open(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle_ != nullptr) break;
    }
    if (handle_ == nullptr) return "no NVML: can't open " + names.front();
    int (*init)() = nullptr;
    if (!look_up("nvmlInit_v2", init) || !look_up("nvmlDeviceGetHandleByUUID", by_uuid_) ||
        !look_up("nvmlDeviceGetHandleByPciBusId_v2", by_pci_) ||
        !look_up("nvmlDeviceGetTotalEnergyConsumption", energy_) ||
        !look_up("nvmlDeviceGetViolationStatus", violation_)) {
      return "NVML lacks a function that is needed";
    }
    return init() == 0 ? "" : "NVML doesn't start";
  }

  // `identity`: DeviceInfo::hardware without its "gpu:".
  [[nodiscard]] std::string find(const std::string& identity) {
    const std::string uuid = "GPU-" + identity;
    const bool pci = identity.find('.') != std::string::npos;
    const int code = pci ? by_pci_(identity.c_str(), &device_) : by_uuid_(uuid.c_str(), &device_);
    if (code == 0) return "";
    device_ = nullptr;
    return "NVML doesn't know this GPU";
  }

  [[nodiscard]] std::optional<double> energy() const {
    unsigned long long mj = 0;
    if (energy_(device_, &mj) != 0) return std::nullopt;
    return static_cast<double>(mj) * 1e-3;
  }

  [[nodiscard]] std::optional<double> violation(int policy) const {
    ViolationTime time;
    if (violation_(device_, policy, &time) != 0) return std::nullopt;
    return static_cast<double>(time.violation_ns) * 1e-9;
  }

  void* handle_ = nullptr;
  Device device_ = nullptr;
  int (*by_uuid_)(const char*, Device*) = nullptr;
  int (*by_pci_)(const char*, Device*) = nullptr;
  int (*energy_)(Device, unsigned long long*) = nullptr;
  int (*violation_)(Device, int, ViolationTime*) = nullptr;
  std::string missing_;
};

}  // namespace

std::unique_ptr<Sensors> nvml_sensors(const std::string& hardware, const std::string& library) {
  return std::make_unique<Nvml>(hardware, library);
}

}  // namespace assay
