// The ceilings of a simulated device.
#pragma once

#include <string>

#include "bench/ceilings/ceilings.hpp"
#include "tests/bench/ceilings/simulated_meter.hpp"

namespace assay {

inline DeviceCeilings measured_by(SimulatedMeter& meter, const KnownDevice& device) {
  DeviceCeilings found;
  measure_ceilings(meter, device, [](const std::string&) {}, found);
  return found;
}

inline DeviceCeilings measured(const SimulatedDevice& device) {
  SimulatedMeter meter(device);
  return measured_by(meter, simulated(device));
}

inline double rate(const DeviceCeilings& device, Ceiling::Kind kind, const std::string& name) {
  const Ceiling* const found = device.find(kind, name);
  return found == nullptr ? 0 : found->rate().value_or(0);
}

}  // namespace assay
