// Whether what a device says of itself and of time can be true.
#pragma once

#include <string>

#include "backends/backend.hpp"

namespace assay {

// Each: what is wrong; empty if nothing. Lifecycle checks, see lifecycle.hpp.
[[nodiscard]] std::string honest_description(Backend& backend, const std::string& ordinal,
                                             const Problem& problem);
[[nodiscard]] std::string honest_clock(Backend& backend, const std::string& ordinal,
                                       const Problem& problem);

}  // namespace assay
