#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/atomic_file.hpp"
#include "bench/ceilings/ceilings_report.hpp"
#include "bench/json_text.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

// Held while the file is read, changed and written: runs on several devices end at any time.
class Lock {
 public:
  explicit Lock(const std::string& file)
      : descriptor_(::open((file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (descriptor_ >= 0) (void)::flock(descriptor_, LOCK_EX);
  }
  ~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

// Nothing where something is there that can't be read.
std::optional<std::vector<DeviceCeilings>> read_store(const std::string& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::vector<DeviceCeilings>();
  std::ifstream in(file);
  if (!in) return std::nullopt;
  try {
    return ceilings_from_json(nlohmann::json::parse(in, nullptr, false));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string backend_of(const DeviceCeilings& device) {
  return device.device.substr(0, device.device.find(':'));
}

// Whatever number it had in that run: "opencl:0.0" is valid for one run only.
bool same_device(const DeviceCeilings& a, const DeviceCeilings& b) {
  return a.hardware == b.hardware && a.device_name == b.device_name &&
         backend_of(a) == backend_of(b);
}

}  // namespace

std::string ceilings_file() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return std::string(cache) + "/assay/ceilings.json";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::string(home) + "/.cache/assay/ceilings.json";
}

std::string store_ceilings(const std::string& file, const std::vector<DeviceCeilings>& devices) {
  if (file.empty() || devices.empty()) return {};
  try {
    create_folder_of(file);
    const Lock lock(file);
    auto all = read_store(file);
    if (!all) return file + " can't be read, or is of a newer version: it is left as it is";
    for (const DeviceCeilings& device : devices) {
      std::erase_if(*all, [&](const DeviceCeilings& old) { return same_device(old, device); });
      all->push_back(device);
    }
    write_file(file, pretty(writable(ceilings_json(*all))), "");
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::vector<DeviceCeilings> stored_ceilings(const std::string& file) {
  return read_store(file).value_or(std::vector<DeviceCeilings>());
}

}  // namespace assay
