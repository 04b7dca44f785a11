// Which runs of a record count for a claim, and which case and board they are of.
#pragma once

#include <string>

#include "bench/claims/evidence.hpp"

namespace assay {

// Adds a record's launches to a case: those that count are right, of a chip that kept its speed,
// with at least 20 timed repeats, and not there already.
void add_runs(const Record& record, Measured& into);

// What a case was measured with: its sources and its driver.
[[nodiscard]] std::string build_of(const nlohmann::json& context, const nlohmann::json* device);

// What one file says of a case against what another says: the higher weight wins.
[[nodiscard]] int weight(Status status);

// A string below a JSON pointer; empty if there is none.
[[nodiscard]] std::string text_at(const nlohmann::json& value, const char* pointer);

}  // namespace assay
