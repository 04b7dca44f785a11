#include "bench/data_files.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::uintmax_t largest_file = std::uintmax_t{1} << 30U;

}  // namespace

DataFile built_in_file(std::string_view path) {
  for (const BuiltInFile& file : built_in_files()) {
    if (file.path.ends_with(path)) return {std::string(file.path), file.text};
  }
  throw Error(Error::Kind::internal, "no built-in file '" + std::string(path) + "'");
}

std::string read_data_file(const std::string& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    throw Error(Error::Kind::file, path + ": is a folder, not a file");
  }
  // Some never end. A pipe does.
  if (std::filesystem::is_character_file(path, code) ||
      std::filesystem::is_block_file(path, code)) {
    throw Error(Error::Kind::file, path + ": is a device, not a file");
  }
  if (const auto size = std::filesystem::file_size(path, code); !code && size > largest_file) {
    throw Error(Error::Kind::file, path + ": larger than 1 GiB; nothing that is read here is");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Error::Kind::file, path + ": can't be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace assay
