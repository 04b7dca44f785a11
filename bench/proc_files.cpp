#include "bench/proc_files.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace assay {

namespace fs = std::filesystem;

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::vector<std::string> lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);) result.push_back(line);
  return result;
}

std::map<std::string, std::string> pairs(const fs::path& path) {
  const auto trimmed = [](std::string text) {
    const auto space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && space(text.back())) text.pop_back();
    text.erase(text.begin(), std::ranges::find_if_not(text, space));
    return text;
  };
  std::map<std::string, std::string> result;
  for (const std::string& line : lines(path)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    result.emplace(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return result;
}

std::optional<std::string> find(const std::map<std::string, std::string>& map,
                                std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const auto found = map.find(key); found != map.end()) return found->second;
  }
  return std::nullopt;
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

std::vector<fs::path> control_groups(const fs::path& root, const std::string& controller) {
  std::vector<fs::path> folders;
  for (const std::string& line : lines(root / "proc/self/cgroup")) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controller.empty() && names == ",,";
    if (!unified && (controller.empty() || names.find("," + controller + ",") == names.npos)) {
      continue;
    }
    const std::string hierarchy = controller.empty() ? "" : names.substr(1, names.size() - 2);
    const fs::path base = root / "sys/fs/cgroup" / hierarchy;
    for (fs::path group = fs::path(line.substr(second + 1)).relative_path(); !group.empty();
         group = group.parent_path()) {
      folders.push_back(base / group);
    }
    folders.push_back(base);
  }
  return folders;
}

}  // namespace assay
