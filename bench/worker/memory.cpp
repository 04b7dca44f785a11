#include "bench/worker/memory.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>

namespace assay {
namespace {

// Left to others: the driver, the libraries' scratch memory, the rest of the machine.
constexpr double usable = 0.9;
constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;

// The number in the first line of a file; nothing for "max" or no such file.
std::optional<std::int64_t> number_in(const char* path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

double weight_bytes(const Problem& problem) {
  double bytes = 0;
  for (const TensorSpec& tensor : problem.tensors) {
    if (tensor.role == Role::weight) bytes += static_cast<double>(tensor.bytes());
  }
  return bytes;
}

std::string sets_text(std::int64_t ring) {
  return ring == 1 ? "" : fmt::format(" for {} sets of tensors", ring);
}

}  // namespace

std::int64_t available_host_memory() {
  std::int64_t available = 0;
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    if (key == "MemAvailable:" && file >> available) {
      available *= 1024;
      break;
    }
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (limit && used && *limit > *used) {
    available = available == 0 ? *limit - *used : std::min(available, *limit - *used);
  }
  return available;
}

std::int64_t cold_bytes(std::int64_t cache_bytes) {
  constexpr std::int64_t most = std::int64_t{1} << 60U;
  return std::max(3 * std::min(cache_bytes, most), 256 * mebibyte);
}

std::int64_t ring_size(const Problem& problem, std::int64_t touched, std::int64_t cache_bytes) {
  if (problem.word("cache") == "hot") return 1;
  const std::int64_t one = std::max<std::int64_t>(touched, 1);
  return std::min((cold_bytes(cache_bytes) - 1) / one + 1, most_sets);
}

std::string memory_shortage(const Problem& problem, std::int64_t ring, const DeviceInfo& device,
                            std::int64_t host_available) {
  for (const TensorSpec& tensor : problem.tensors) {
    if (device.max_allocation_bytes > 0 &&
        tensor.bytes() > static_cast<std::size_t>(device.max_allocation_bytes)) {
      return fmt::format("needs {} in one buffer for {}, the device allocates at most {}",
                         size_text(static_cast<double>(tensor.bytes())), tensor.name,
                         size_text(static_cast<double>(device.max_allocation_bytes)));
    }
  }
  const auto bytes = static_cast<double>(problem.bytes());
  const double sets = static_cast<double>(ring) * (bytes + weight_bytes(problem));
  const double device_memory = usable * static_cast<double>(device.memory_bytes);
  if (device.memory_bytes > 0 && sets > device_memory) {
    return fmt::format("needs {} of device memory{}, has {}", size_text(sets), sets_text(ring),
                       size_text(device_memory));
  }
  const double host = bytes + (device.cpu ? sets : 0);
  const double host_memory = usable * static_cast<double>(host_available);
  if (host_available > 0 && host > host_memory) {
    return fmt::format("needs {} of host memory{}, has {}", size_text(host), sets_text(ring),
                       size_text(host_memory));
  }
  return {};
}

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr std::int64_t most = std::int64_t{2000} << 20U;  // below 2^31, as mallopt takes it
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(std::min(available_host_memory() / 8, most)));
  mallopt(M_TOP_PAD, 64 << 20U);
#endif
}

std::string size_text(double bytes) {
  constexpr std::array units = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, unit > 0 && bytes < 10 ? 1 : 0, units[unit]);
}

}  // namespace assay
