#include "bench/data_files.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/error.hpp"

namespace assay {

DataFile built_in_file(std::string_view path) {
  for (const BuiltInFile& file : built_in_files()) {
    if (file.path.ends_with(path)) return {std::string(file.path), file.text};
  }
  throw Error(Error::Kind::internal, "no built-in file '" + std::string(path) + "'");
}

std::string read_data_file(const std::string& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    throw Error(Error::Kind::file, path + ": is a folder");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Error::Kind::file, path + ": can't be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace assay
