#include "backends/host.hpp"

#include <sys/sysinfo.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "backends/cache_size.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

class HostQueue final : public Queue {
 public:
  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    const auto size = static_cast<std::int64_t>(ring.size());
    for (std::int64_t i = 0; i < calls; ++i) {
      static_cast<HostBound*>(ring[static_cast<std::size_t>(i % size)])->call();
    }
  }
  std::optional<double> wait() override { return std::nullopt; }
};

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name") || line.starts_with("Model")) {
      const auto colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

}  // namespace

HostBuffer::HostBuffer(std::size_t bytes) : size_(bytes) {
  if (std::getenv("ASSAY_GUARD_PAGES") != nullptr) {
    guarded_ = std::make_unique<GuardedMemory>(bytes);
    return;
  }
  data_ = allocate_memory(bytes);
  if (!data_) {
    throw Error(Error::Kind::memory, "can't allocate " + std::to_string(bytes) + " bytes");
  }
}

std::byte* host_data(Buffer& buffer) { return static_cast<HostBuffer&>(buffer).data(); }

std::unique_ptr<Buffer> HostDevice::allocate(std::size_t bytes) {
  return std::make_unique<HostBuffer>(bytes);
}

void HostDevice::copy_in(Buffer& buffer, std::span<const std::byte> data) {
  std::memcpy(host_data(buffer), data.data(), data.size());
}

void HostDevice::copy_out(const Buffer& buffer, std::span<std::byte> data) {
  if (!static_cast<const HostBuffer&>(buffer).intact()) {
    throw Error(Error::Kind::internal, "something was written just outside a buffer of " +
                                           std::to_string(buffer.size()) + " bytes");
  }
  std::memcpy(data.data(), static_cast<const HostBuffer&>(buffer).data(), data.size());
}

std::unique_ptr<Queue> HostDevice::queue() { return std::make_unique<HostQueue>(); }

DeviceInfo host_device_info() {
  DeviceInfo info;
  info.ordinal = "0";
  info.name = cpu_model();
  info.vendor = info.name.starts_with("AMD")     ? "AMD"
                : info.name.starts_with("Intel") ? "Intel"
                                                 : "unknown";
  info.hardware = "cpu:" + info.name;
  info.cpu = true;
  info.compute_units = std::thread::hardware_concurrency();
  struct sysinfo memory{};
  if (sysinfo(&memory) == 0) {
    info.memory_bytes = static_cast<std::int64_t>(memory.totalram) * memory.mem_unit;
  }
  info.cache_bytes = last_level_cache();
  return info;
}

}  // namespace assay
