#include "backends/cache_size.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <string>
#include <thread>

namespace assay {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;
constexpr std::int64_t usual_part = 32 * mebibyte;
constexpr std::int64_t largest_part = 96 * mebibyte;

std::string line_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "32768K", "1M" or bytes; 0 for anything else.
std::int64_t size_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return 0;
  const char unit = end == text.data() + text.size() ? '\0' : *end;
  return unit == 'K' ? number * 1024 : unit == 'M' ? number * mebibyte : number;
}

// By the processors that share each part of the highest level.
std::int64_t from_topology(const std::filesystem::path& root) {
  std::map<std::string, std::int64_t> parts;
  int highest = 2;
  std::error_code error;
  for (const auto& processor : std::filesystem::directory_iterator(root, error)) {
    const std::filesystem::path caches = processor.path() / "cache";
    for (const auto& cache : std::filesystem::directory_iterator(caches, error)) {
      const auto level = static_cast<int>(size_of(line_of(cache.path() / "level")));
      if (level < highest || line_of(cache.path() / "type") == "Instruction") continue;
      if (level > highest) parts.clear();
      highest = level;
      parts[line_of(cache.path() / "shared_cpu_list")] = size_of(line_of(cache.path() / "size"));
    }
  }
  std::int64_t bytes = 0;
  for (const auto& [processors, size] : parts) bytes += size;
  return bytes;
}

}  // namespace

std::int64_t reachable_cache(std::int64_t package_bytes, int processors) {
  return std::min(package_bytes, std::max(largest_part, processors * usual_part));
}

std::int64_t last_level_cache(const std::filesystem::path& root) {
  if (const std::int64_t bytes = from_topology(root); bytes > 0) return bytes;
  const auto processors = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  for (const int level : {_SC_LEVEL4_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL2_CACHE_SIZE}) {
    if (const std::int64_t bytes = sysconf(level); bytes > 0) {
      return reachable_cache(bytes, processors);
    }
  }
  return 0;
}

}  // namespace assay
