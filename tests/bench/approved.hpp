// Text against an approved file; tests/approve.sh accepts new ones. The including test defines
// ASSAY_GOLDEN and ASSAY_RECEIVED.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace assay {

inline std::string file_content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Differences are left in the build folder, where tests/approve.sh finds them.
inline void expect_approved(const std::string& name, const std::string& text) {
  const std::filesystem::path received = std::filesystem::path(ASSAY_RECEIVED) / name;
  std::filesystem::remove(received);
  if (file_content(std::filesystem::path(ASSAY_GOLDEN) / name) == text) return;
  std::filesystem::create_directories(received.parent_path());
  std::ofstream(received, std::ios::binary) << text;
  ADD_FAILURE() << name << " differs from the approved one:\n" << text;
}

}  // namespace assay
