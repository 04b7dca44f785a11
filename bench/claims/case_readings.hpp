// Readings that several measures of cases are made of.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/claims/case_groups.hpp"

namespace assay::case_measures {

[[nodiscard]] double geometric(std::span<const double> values);  // mean
// Times over times, problem by problem: `over` / `under`; geometric mean.
[[nodiscard]] Reading ratio_reading(const std::vector<CasePair>& pairs);
// Speed 0 where a device was asked for all of it and runs none of it; nothing where it runs some.
[[nodiscard]] std::optional<Reading> nothing_runs(const Cases& cases);
// The value of the key that a quantity is split by, after what else there is to say.
void set_condition(Reading& reading, const ClaimQuantity& q, const std::string& split,
                   const std::string& more = {});

}  // namespace assay::case_measures
