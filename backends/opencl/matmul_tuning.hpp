// What a tuner may choose for matmul.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/opencl/session.hpp"
#include "kernels/matmul.hpp"

namespace assay::opencl {

// The class of problems that share a choice, on this device with this driver and these kernels: a
// tuning file's key. Empty where nothing is to be chosen: few rows.
[[nodiscard]] std::string matmul_tuning_key(const Session& session, const MatmulShape& shape);
// The same for a given family: "packed", "tiled", "fragment".
[[nodiscard]] std::string matmul_tuning_key(const Session& session, const MatmulShape& shape,
                                            std::string_view family);

// Configurations worth trying: a curated list where `best` is empty, else the neighbours of `best`.
[[nodiscard]] std::vector<std::string> matmul_candidates(const Session& session,
                                                         const MatmulShape& shape,
                                                         std::string_view best);

}  // namespace assay::opencl
