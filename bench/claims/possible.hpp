// Whether a measured speed can be, by what is published of the device, and where it came from.
#pragma once

#include "bench/claims/evidence.hpp"

namespace assay {

// Sets `invalid` of a case that is faster than its ceiling on record: the highest dense peak of its
// dtype and unit (of one package; a figure that is only `unverified` is none), or the bandwidth of
// the device's memory for streams that no cache holds. `disputed` where sources differ on it.
void hold_against_facts(Measured& m, const DeviceModel& model, const FactTable& facts);

// A stream over at least four times the last-level cache. Drivers of accelerators don't report every
// level of theirs: there 1 GiB at least, four times the largest that is known (MI300X).
[[nodiscard]] bool beyond_caches(const Measured& m, const DeviceModel& model);

// By a published peak of its matrix units, or because its matrix instructions were measured.
[[nodiscard]] bool has_matrix_units(const DeviceModel& model, const FactTable& facts);

}  // namespace assay
