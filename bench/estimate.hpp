// Rough times of a case's stages before anything ran: how long to wait for a worker, and whether to
// start at all. Seconds.
#pragma once

#include "bench/plan.hpp"

namespace assay {

// A time that no machine is expected to beat: filling the inputs, and for the reference the calls.
[[nodiscard]] double least_seconds(const PlannedCase& planned);

// Added to the patience with a worker: generous on purpose.
[[nodiscard]] double prepare_patience(const PlannedCase& planned);
[[nodiscard]] double verify_patience(const PlannedCase& planned);

// "0.35 s", "4.2 s", "40 s".
[[nodiscard]] std::string seconds_text(double seconds);

}  // namespace assay
