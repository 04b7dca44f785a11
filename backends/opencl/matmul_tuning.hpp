// What a tuner may choose for matmul, and what was chosen.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/opencl/session.hpp"
#include "kernels/matmul.hpp"

namespace assay::opencl {

// The class of problems that share a choice, on this device with this driver and these kernels: a
// tuning file's key. Empty where nothing is to be chosen: few rows.
[[nodiscard]] std::string matmul_tuning_key(const Session& session, const MatmulShape& shape);

// Configurations worth trying: a curated list where `best` is empty, else the neighbours of `best`.
[[nodiscard]] std::vector<std::string> matmul_candidates(const Session& session,
                                                         const MatmulShape& shape,
                                                         std::string_view best);

// The variant that was chosen for the shape; nothing where no tuner has run.
[[nodiscard]] std::optional<std::string> tuned_matmul(const Session& session,
                                                      const MatmulShape& shape);

// {"untuned"} for a row whose configuration nobody chose: neither the user by a variant nor a tuner.
[[nodiscard]] std::vector<std::string> untuned_label(const Session& session,
                                                     const MatmulShape& shape,
                                                     std::string_view variant,
                                                     const std::optional<std::string>& tuned);

}  // namespace assay::opencl
