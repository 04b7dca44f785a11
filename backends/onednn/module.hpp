// What the module and the program that loads it agree on. Both come from one build.
#pragma once

#include <filesystem>
#include <memory>

#include "backends/backend.hpp"

namespace assay::onednn {

inline constexpr const char* module_file = "libassay_onednn.so";
inline constexpr const char* module_entry = "assay_onednn_backend";

// Makes the backend; the caller owns it.
using MakeBackend = Backend*();

// Loads the module for a program in `directory` (see onednn.hpp for where it is looked for) and
// makes its backend. Error with the dynamic loader's words where that fails. The module is never
// unloaded: the threads of its OpenMP runtime outlive every Backend.
[[nodiscard]] std::unique_ptr<Backend> load_module(const std::filesystem::path& directory);

}  // namespace assay::onednn
