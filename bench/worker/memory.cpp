#include "bench/worker/memory.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bench/check.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

// Left to others: the driver, the libraries' scratch memory, the rest of the machine.
constexpr double usable = 0.9;
constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;

std::optional<std::int64_t> number_in(const fs::path& path) {
  const auto line = first_line(path);  // "max", or a number beyond any memory: no limit
  return line ? parse<std::int64_t>(*line) : std::nullopt;
}

// Of files that nobody has open or has looked at lately.
std::int64_t droppable(const fs::path& group) {
  for (const std::string& line : lines(group / "memory.stat")) {
    const std::vector<std::string> parts = words(line);
    if (parts.size() == 2 && (parts[0] == "inactive_file" || parts[0] == "total_inactive_file")) {
      return parse<std::int64_t>(parts[1]).value_or(0);
    }
  }
  return 0;
}

// What a control group leaves, of either version.
std::optional<std::int64_t> left_in(const fs::path& group) {
  for (const auto& [most, now] : {std::pair{"memory.max", "memory.current"},
                                  std::pair{"memory.limit_in_bytes", "memory.usage_in_bytes"}}) {
    const auto limit = number_in(group / most);
    const auto used = number_in(group / now);
    if (!limit || !used) continue;
    return std::max<std::int64_t>(*limit - std::max<std::int64_t>(*used - droppable(group), 0), 1);
  }
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

std::int64_t available_host_memory(const fs::path& root) {
  const auto text = find(pairs(root / "proc/meminfo"), {"MemAvailable"});
  std::int64_t available = (text ? parse<std::int64_t>(*text).value_or(0) : 0) * 1024;
  for (const char* controller : {"", "memory"}) {
    for (const fs::path& group : control_groups(root, controller)) {
      const auto left = left_in(group);
      if (left) available = available == 0 ? *left : std::min(available, *left);
    }
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
  const double checks = 2 * static_cast<double>(problem.output().bytes()) + checking_bytes(problem);
  const double host = bytes + checks + (device.cpu ? sets : 0);
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
