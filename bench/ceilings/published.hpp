// What makers publish of their cores, to hold measurements against.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct PublishedCore {
  std::string name;  // "AMD Zen 4"; empty: not known here
  // f32 multiply-adds that a core can start in a cycle; several where models that can't be told apart
  // differ. Rising.
  std::vector<std::int64_t> lanes;
};

// By what cpuid says, as /proc/cpuinfo shows it: "AuthenticAMD", 25, 17. Virtual machines show it too.
[[nodiscard]] PublishedCore published_core(std::string_view vendor, std::int64_t family,
                                           std::int64_t model);
// Of the first processor in that file, of the form of /proc/cpuinfo.
[[nodiscard]] PublishedCore published_core(const std::filesystem::path& cpuinfo);

}  // namespace assay
