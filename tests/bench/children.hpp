// The processes that a process has started and that still run.
#pragma once

#include <sys/types.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

namespace assay {

// By asking the kernel for every process's parent.
inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text);
    const std::size_t end = text.rfind(") ");
    if (end == std::string::npos || end + 4 > text.size() || text[end + 2] == 'Z') continue;
    if (std::atoi(text.c_str() + end + 4) == parent) found.push_back(std::stoi(name));
  }
  return found;
}

}  // namespace assay
