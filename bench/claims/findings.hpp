// One quantity on one device or pair, held against a test.
#pragma once

#include <string>

#include "bench/claims/verdict.hpp"

namespace assay {

// The device that a ruling is about: of a pair the first.
[[nodiscard]] std::string device_of(const std::string& subject);

[[nodiscard]] ClaimFinding finding_of(const ClaimTest& test, Reading reading);
// Without a ruling: what is only shown.
[[nodiscard]] ClaimFinding shown_finding(const Shown& shown, Reading reading);

}  // namespace assay
