// What the module and the program that loads it agree on. Both come from one build.
#pragma once

#include "backends/backend.hpp"

namespace assay::onednn {

inline constexpr const char* module_file = "libassay_onednn.so";
inline constexpr const char* module_entry = "assay_onednn_backend";

// Makes the backend; the caller owns it.
using MakeBackend = Backend*();

}  // namespace assay::onednn
