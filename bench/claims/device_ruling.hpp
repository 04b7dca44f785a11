// What all tests of a claim come to on one device.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/claims/verdict.hpp"

namespace assay {

// A test's readings (conditions, partners) must agree, and those of one group are one test. Tests that
// have readings on other devices and none on this one are added to `missing`.
[[nodiscard]] Ruling ruling_on(const Claim& claim, std::span<const ClaimFinding> findings,
                               const std::string& device, std::vector<std::string>& missing);

}  // namespace assay
