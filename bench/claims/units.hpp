// Numbers of claims as a reader takes them: with their unit, and never as 1.69e+04.
#pragma once

#include <string>
#include <string_view>

#include "bench/claims/claim.hpp"
#include "bench/statistics/estimate.hpp"

namespace assay {

// Of what a quantity is measured in: "FLOP/s", "B/s", "FLOP/J", "B", "s", "lanes", "x" (a ratio),
// "share", "tokens/s", "J/token", "vendors", "days"; empty for a plain number. Of facts the table's unit
// counts instead.
[[nodiscard]] std::string unit_of(const ClaimQuantity& quantity);

// "3.88x", "1.32 TFLOP/s", "141 GB", "153 days before the claim", "16896".
[[nodiscard]] std::string value_text(double value, std::string_view unit);
// "1.32x [1.3, 1.35]": with its interval where it has one.
[[nodiscard]] std::string value_text(const Estimate& value, const Estimate& interval,
                                     std::string_view unit);

}  // namespace assay
