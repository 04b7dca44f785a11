#include "bench/plugin_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "kernels/error.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  }
  if (failed) return {folder};
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> plugin_files(const std::vector<std::string>& named,
                                      std::string_view path) {
  std::vector<std::string> files;
  const auto add = [&](const fs::path& file) {
    std::string absolute = fs::absolute(file).lexically_normal().string();
    if (std::ranges::find(files, absolute) == files.end()) files.push_back(std::move(absolute));
  };
  for (const std::string& file : named) {
    if (std::error_code failed; !fs::exists(file, failed)) {
      throw usage_error("--plugin " + file + ": no such file");
    }
    add(file);
  }
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    if (!folder.empty()) std::ranges::for_each(libraries_in(folder), add);
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
  }
  return files;
}

std::vector<std::string> plugin_files(const std::vector<std::string>& named) {
  const char* const path = std::getenv("ASSAY_PLUGIN_PATH");
  return plugin_files(named, path == nullptr ? "" : path);
}

}  // namespace assay
