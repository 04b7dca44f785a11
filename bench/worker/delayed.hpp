// A device that takes longer by a known share: what a comparison must find.
//
// Set by the environment of a worker, ASSAY_DELAY="SHARE" or "SHARE REGEX" (of problem names): every
// wait of a queue lasts SHARE longer than it would, and so does the device's own time.
#pragma once

#include <memory>
#include <string>

#include "backends/backend.hpp"

namespace assay {

struct Delay {
  double share = 0;
  std::string pattern;  // NameFilter's, of problem names; empty: all
};

inline constexpr const char* delay_variable = "ASSAY_DELAY";

// "0.05", "0.05 m:64/n:64"; a usage Error for a share below 0 or above 10, or a bad expression.
[[nodiscard]] Delay parse_delay(const std::string& text);

// The device itself where the environment asks for nothing.
[[nodiscard]] std::unique_ptr<Device> delayed_by_environment(std::unique_ptr<Device> device);

[[nodiscard]] std::unique_ptr<Device> delayed(std::unique_ptr<Device> device, const Delay& delay);

}  // namespace assay
