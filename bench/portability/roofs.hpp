// How near a case comes to the roof that binds it.
#pragma once

#include <vector>

#include "bench/claims/evidence.hpp"

namespace assay {

// Of each launch. Where only one roof was measured beside it, the launch counts if that roof surely is
// the lower one: even at the best rate that the device is known to reach of the other kind it would
// take longer for this. Empty where that is so of none.
[[nodiscard]] std::vector<double> efficiency_of(const Measured& m, const DeviceModel& device);

}  // namespace assay
