// What this program was built from.
#pragma once

#include <string_view>

namespace assay {

struct BuildInfo {
  std::string_view version;         // of the project
  std::string_view revision;        // of the source, "-dirty" with local changes; empty if unknown
  std::string_view kernel_sources;  // SHA-256 over the names and contents of kernels/ and backends/
  std::string_view compiler;        // name and version
  std::string_view flags;
  std::string_view build_type;
};

// Read anew on every build, so that it can't be older than the program.
[[nodiscard]] BuildInfo build_info();

}  // namespace assay
