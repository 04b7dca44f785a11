// Quantities of one device or of a pair, from the cases that were measured on them.
#pragma once

#include <string>
#include <vector>

#include "bench/claims/measures.hpp"

namespace assay::case_measures {

// Every function gives a reading for each value of the quantity's split key that has cases (one
// without a split), and nothing where there are none.
[[nodiscard]] std::vector<Reading> best(const ClaimQuantity& q, const DeviceModel& model,
                                        const FactTable& facts);
[[nodiscard]] std::vector<Reading> coverage(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> spread(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> scaling(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> variant(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> native(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> suite(const ClaimQuantity& q, const DeviceModel& side,
                                         const DeviceModel& other);

// Why a throughput is impossible: above the highest dense peak on record of its dtype, or the highest
// bandwidth. Empty where it is possible, or nothing is on record.
[[nodiscard]] std::string impossible(const Measured& m, const DeviceModel& model,
                                     const FactTable& facts);

}  // namespace assay::case_measures
