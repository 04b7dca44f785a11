// Choosing and pairing the measured cases of a device.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/claims/measures.hpp"

namespace assay::case_measures {

using Cases = std::vector<const Measured*>;

// Cases of the query with runs that count.
[[nodiscard]] Cases matching(const CaseQuery& query, const DeviceModel& model);
// Cases of the query that were run or refused; not what was skipped for want of time or memory.
[[nodiscard]] Cases tried(const CaseQuery& query, const DeviceModel& model);

// By the value of a key; one group named "" without a key.
[[nodiscard]] std::map<std::string, Cases> groups_by(const std::string& key, const Cases& cases);

// Problem -> the fastest backend's case.
[[nodiscard]] std::map<std::string, const Measured*> fastest_of(const Cases& cases);

struct CasePair {
  const Measured* over = nullptr;
  const Measured* under = nullptr;
};
// Problems of both: `over` of the first, `under` of the second.
[[nodiscard]] std::vector<CasePair> common(const std::map<std::string, const Measured*>& over,
                                           const std::map<std::string, const Measured*>& under);

// `over`: q.key is `value`; `under`: the same problem with q.from there (without a partner where
// q.from is empty), both of the fastest backend. Keys that only describe quantisation may differ.
[[nodiscard]] std::vector<CasePair> variant_pairs(const ClaimQuantity& q, const Cases& cases,
                                                  const std::string& value);

// Adds a case's runs and files to what a reading says of its evidence.
void note_case(const Measured& m, Reading& into);

}  // namespace assay::case_measures
