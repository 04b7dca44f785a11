// Where the module is. It is a plugin like anyone's, but for being known by name.
#pragma once

#include <filesystem>
#include <memory>

#include "backends/backend.hpp"

namespace assay::onednn {

inline constexpr const char* module_file = "libassay_onednn.so";

// Loads the module for a program in `directory` (see onednn.hpp for where it is looked for) and
// makes its backend. Error with the reason where that fails. The module is never unloaded: the
// threads of its OpenMP runtime outlive every Backend.
[[nodiscard]] std::unique_ptr<Backend> load_module(const std::filesystem::path& directory);

}  // namespace assay::onednn
