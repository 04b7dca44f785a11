// Quantities that are one number for all devices of a side.
#pragma once

#include <vector>

#include "bench/claims/measures.hpp"

namespace assay {

// Vendors of which some device runs and verifies everything that any device tried. One that wasn't
// asked for all of it may turn out to be another.
[[nodiscard]] Reading vendors_of(const ClaimQuantity& q,
                                 const std::vector<const DeviceModel*>& models,
                                 const Evidence& evidence);

// Which of its vendor's own libraries a device was measured with none of, and why that is; empty where
// one ran something of the query.
[[nodiscard]] std::string without_native(const ClaimQuantity& q, const DeviceModel& model);

// Pennycook, Sewall and Lee, "A metric for performance portability" (2016), over the devices that their
// vendors' own libraries ran on: 0 where one of them runs nothing right through the portable backends.
// No reading, and why, where one runs it and no pair of its runs counts; neither where no vendor's own
// library ran.
[[nodiscard]] QuantityResult portability_of(const ClaimQuantity& q,
                                            const std::vector<const DeviceModel*>& models);

}  // namespace assay
