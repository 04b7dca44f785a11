// Files of results/ that the program carries with it: facts, claims, models, what a report needs.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace assay {

struct DataFile {
  std::string path;  // as messages name it: "results/facts/devices.csv"
  std::string_view text;
};

struct BuiltInFile {
  std::string_view path;
  std::string_view text;
};
// All of them, in alphabetical order of their paths.
[[nodiscard]] std::span<const BuiltInFile> built_in_files();

// `path` below results/ or bench/: "facts/devices.csv". Internal Error if there is none.
[[nodiscard]] DataFile built_in_file(std::string_view path);

// A file of the user's. Error(file) naming it.
[[nodiscard]] std::string read_data_file(const std::string& path);

}  // namespace assay
