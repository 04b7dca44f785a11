// Quantities of one device or of a pair, from the cases that were measured on them.
#pragma once

#include <string>
#include <vector>

#include "bench/claims/measures.hpp"

namespace assay::case_measures {

// Every function gives a reading for each value of the quantity's split key that has cases (one
// without a split), and nothing where there are none.
[[nodiscard]] std::vector<Reading> best(const ClaimQuantity& q, const DeviceModel& model);
// Of the problems that any device of the evidence tried; open where this one wasn't asked for all.
[[nodiscard]] std::vector<Reading> coverage(const ClaimQuantity& q, const DeviceModel& model,
                                            const Evidence& evidence);
[[nodiscard]] std::vector<Reading> spread(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> scaling(const ClaimQuantity& q, const DeviceModel& model);
// Runs that don't count because the device slowed down are what it looks for: they count here.
[[nodiscard]] std::vector<Reading> steady(const ClaimQuantity& q, const DeviceModel& model);
// ln(time / time) / ln(FLOP / FLOP) from each value of q.key to the next, of problems that are alike
// otherwise: 0 where more arithmetic takes no longer, 1 where it takes as much longer as there is more.
[[nodiscard]] std::vector<Reading> elasticity(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> variant(const ClaimQuantity& q, const DeviceModel& model);
// 0 where the vendor's library runs and nothing of `portable` does: it refused, or drives the device not
// at all. No reading where it wasn't asked.
[[nodiscard]] std::vector<Reading> native(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> suite(const ClaimQuantity& q, const DeviceModel& side,
                                         const DeviceModel& other);

}  // namespace assay::case_measures
