#include "backends/opencl/program_cache.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace assay::opencl {
namespace {

// FNV-1a (Fowler, Noll, Vo), 64 bits.
std::uint64_t hash(std::string_view bytes, std::uint64_t start = 0xcbf29ce484222325U) {
  std::uint64_t h = start;
  for (const char byte : bytes) {
    h ^= static_cast<unsigned char>(byte);
    h *= 0x100000001b3U;
  }
  return h;
}

std::string_view text_of(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Header {
  std::array<char, 16> magic = {'a', 's', 's', 'a', 'y', ' ', 'o',  'p',
                                'e', 'n', 'c', 'l', ' ', '1', '\n', 0};
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
  bool operator==(const Header&) const = default;
};

Header header_of(std::span<const unsigned char> binary) {
  Header header;
  header.size = binary.size();
  header.checksum = hash(text_of(binary));
  return header;
}

}  // namespace

std::filesystem::path program_cache_folder() {
  const auto below = [](const char* variable) -> std::filesystem::path {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
  };
  if (const auto cache = below("XDG_CACHE_HOME"); cache.is_absolute()) {
    return cache / "assay" / "opencl";
  }
  if (const auto home = below("HOME"); home.is_absolute()) {
    return home / ".cache" / "assay" / "opencl";
  }
  return {};
}

std::filesystem::path program_cache_file(const std::filesystem::path& folder,
                                         std::string_view key) {
  std::array<char, 40> name{};
  const std::uint64_t first = hash(key);
  std::snprintf(name.data(), name.size(), "%016llx%016llx", static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(hash(key, ~first)));
  return folder / name.data();
}

std::string text_hash(std::string_view text) {
  std::array<char, 20> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(hash(text)));
  return digits.data();
}

std::optional<std::vector<unsigned char>> read_program(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  Header header;
  stream.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!stream) return std::nullopt;
  std::vector<unsigned char> binary{std::istreambuf_iterator<char>(stream), {}};
  if (binary.empty() || header != header_of(binary)) return std::nullopt;
  return binary;
}

bool write_program(const std::filesystem::path& file, std::span<const unsigned char> binary) {
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  auto aside = file;
  aside += "." + std::to_string(getpid());
  {
    std::ofstream stream(aside, std::ios::binary);
    const Header header = header_of(binary);
    stream.write(reinterpret_cast<const char*>(&header), sizeof header);
    stream.write(reinterpret_cast<const char*>(binary.data()),
                 static_cast<std::streamsize>(binary.size()));
    stream.close();
    if (!stream) {
      std::filesystem::remove(aside, failed);
      return false;
    }
  }
  std::filesystem::rename(aside, file, failed);
  if (!failed) return true;
  std::filesystem::remove(aside, failed);
  return false;
}

}  // namespace assay::opencl
