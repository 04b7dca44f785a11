// The command that runs a case again.
#pragma once

#include <string>

#include "bench/plan.hpp"

namespace assay {

// `assay run 'CASE'` with those options that change what is measured, where they aren't the
// defaults, and the library that the case's backend comes from, if any.
[[nodiscard]] std::string repro_command(const std::string& case_name, const Measure& measure,
                                        const std::string& plugin = {});

}  // namespace assay
