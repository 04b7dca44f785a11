// Quantities of a device's memory, and of whole models on it.
#pragma once

#include <string>
#include <vector>

#include "bench/claims/measures.hpp"

namespace assay {

// A value without an interval.
[[nodiscard]] Reading exact(double value, const std::string& note);

// What a rate is divided by, of what the user says of the device.
struct Given {
  bool known = true;   // false: the quantity needs what the user didn't say
  double divisor = 1;  // watts, or the price
  std::string text;    // "NVIDIA H200 SXM: 700 W"
};
[[nodiscard]] Given given_of(const ClaimQuantity& q, const DeviceModel& model);

// The largest working set that `assay capacity` or streams wrote, read back and verified.
// Where that is far from what the driver says, the capacity wasn't exercised and the reading stays open.
[[nodiscard]] std::vector<Reading> memory_of(const DeviceModel& model);
// Measured where every kernel of the model was, at its size. Else the interval has no lower end: what
// norms, gaps and slower kernels cost isn't known, so it can be too slow but not fast enough.
[[nodiscard]] std::vector<Reading> tokens_of(const ClaimQuantity& q, const DeviceModel& model);
[[nodiscard]] std::vector<Reading> fit_of(const ClaimQuantity& q, const DeviceModel& model);

}  // namespace assay
