// A device that takes longer by a known share: what a comparison must find.
//
// Set by the environment of a worker, ASSAY_DELAY="SHARE" or "SHARE REGEX" (of problem names), or several
// of these with semicolons between them, of which the first that matches counts: every wait of a queue
// lasts SHARE longer than it would, and so does the device's own time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

namespace assay {

struct Delay {
  double share = 0;
  std::string pattern;  // NameFilter's, of problem names; empty: all
};

inline constexpr const char* delay_variable = "ASSAY_DELAY";

// "0.05", "0.05 m:64/n:64", "0.05 m:64/; 0.1 m:32/"; a usage Error for a share below 0 or above 10, or a
// bad expression.
[[nodiscard]] std::vector<Delay> parse_delays(std::string_view text);

// The share of the first delay that is meant for a problem; 0: none.
[[nodiscard]] double delay_of(std::span<const Delay> delays, std::string_view problem_name);

// The device itself where the environment asks for nothing.
[[nodiscard]] std::unique_ptr<Device> delayed_by_environment(std::unique_ptr<Device> device);

[[nodiscard]] std::unique_ptr<Device> delayed(std::unique_ptr<Device> device,
                                              const std::vector<Delay>& delays);

}  // namespace assay
