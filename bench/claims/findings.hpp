// One quantity on one device or pair, held against a test.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "bench/claims/verdict.hpp"

namespace assay {

// The device that a ruling is about: of a pair the first.
[[nodiscard]] std::string device_of(const std::string& subject);

[[nodiscard]] ClaimFinding finding_of(const ClaimTest& test, Reading reading);
// Without a ruling: what is only shown.
[[nodiscard]] ClaimFinding shown_finding(const Shown& shown, Reading reading);

// The firmest that a verdict rests on: of findings that are ruled as it is, but for conditions, which
// only qualify it; where it depends, of everything decided; where it is open, of what is open. Nothing
// without findings.
[[nodiscard]] std::optional<Basis> basis_of(const Claim& claim,
                                            std::span<const ClaimFinding> findings, Ruling verdict);
[[nodiscard]] Grade grade_of(Basis basis);
// What a verdict of that basis must be qualified with; empty where something was measured.
[[nodiscard]] std::string unmeasured_text(Basis basis);

}  // namespace assay
