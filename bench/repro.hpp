// The command that runs a case again.
#pragma once

#include <string>

#include "bench/plan.hpp"

namespace assay {

// `assay run 'CASE'` with those options that change what is measured, where they aren't the
// defaults, after the case; before it `--plugin FILE`, if the case's backend comes from a library.
[[nodiscard]] std::string repro_command(const std::string& case_name, const Measure& measure,
                                        const std::string& plugin = {});

}  // namespace assay
