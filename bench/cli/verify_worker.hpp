// The process of `assay verify` that loads the driver: `assay verify-worker CASE FOLDER
// [PLUGIN]`.
#pragma once

#include <string>

#include "bench/case.hpp"

namespace assay {

// What came of one call.
struct Verified {
  std::string implementation;
  std::string unsupported;  // why, where the device can't
};

// Reads the inputs FOLDER/<tensor>.npy, runs the case once over a poisoned output and writes
// FOLDER/<output>.npy. What breaks is an Error.
[[nodiscard]] Verified run_on_files(const Case& c, const std::string& folder,
                                    const std::string& plugin = {});

}  // namespace assay
