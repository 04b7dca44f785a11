// One side of an A/B comparison: a build of assay and the settings it runs with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/inventory.hpp"

namespace assay {

struct Side {
  std::string word;   // "base" or "head"
  std::string label;  // what reports call it: the build and its settings
  WorkerSettings worker;
};

// `build`: an assay binary, or a folder that contains one (itself, bin/ or libexec/); empty: this
// program. `variables`: KEY=VALUE each. Usage Error for a malformed variable; Error(file) for a build
// that isn't there, is no assay, crashes or speaks another protocol (it is started and asked).
[[nodiscard]] Side make_side(const std::string& word, const std::string& build,
                             const std::vector<std::string>& variables,
                             const WorkerSettings& worker);

}  // namespace assay
