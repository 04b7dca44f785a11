// How `assay verify` waits for the process that loads the driver.
#pragma once

#include <atomic>

#include <nlohmann/json_fwd.hpp>

#include "bench/plan.hpp"
#include "bench/process.hpp"

namespace assay {

// How long the process may be silent: as long as a worker of `assay run` may.
[[nodiscard]] double verify_child_patience_s(const PlannedCase& planned);

// The process's one line. Throws Interrupted once `interrupted` is set, OutputFailed where the process
// couldn't write its output, else the process's own Error, or one that says how it ended. However it
// goes, the process is gone afterwards.
[[nodiscard]] nlohmann::json ask_verify_child(const ProcessOptions& program, double patience_s,
                                              const std::atomic<bool>& interrupted);

}  // namespace assay
