// Which runs of a record count for a claim, and which case and board they are of.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "bench/claims/evidence.hpp"

namespace assay {

inline constexpr std::size_t fewest_repeats = 20;  // timed, of a run's value

// Adds a record's launches to a case: those that count are right, of a chip that kept its speed,
// with at least that many repeats, and not there already.
void add_runs(const Record& record, Measured& into);

// What a case was measured with: its sources and its driver.
[[nodiscard]] std::string build_of(const nlohmann::json& context, const nlohmann::json* device);

// What one file says of a case against what another says: the higher weight wins.
[[nodiscard]] int weight(Status status);

// A document's context; an empty object where it has none.
[[nodiscard]] nlohmann::json context_of(const nlohmann::json& document);

// A string below a JSON pointer; empty if there is none.
[[nodiscard]] std::string text_at(const nlohmann::json& value, const char* pointer);

}  // namespace assay
