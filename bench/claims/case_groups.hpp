// Choosing and pairing the measured cases of a device.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/claims/measures.hpp"

namespace assay::case_measures {

using Cases = std::vector<const Measured*>;

// Cases of the query with runs that count; not the reference's, which nobody calls fast.
[[nodiscard]] Cases matching(const CaseQuery& query, const DeviceModel& model);
// Cases of the query that were run or refused; not what was skipped for want of time or memory.
[[nodiscard]] Cases tried(const CaseQuery& query, const DeviceModel& model);

// Some case of the query with that value of the key was skipped: what refused elsewhere isn't all.
[[nodiscard]] bool skipped(const CaseQuery& query, const DeviceModel& model, const std::string& key,
                           const std::string& value);

// By the value of a key; one group named "" without a key.
[[nodiscard]] std::map<std::string, Cases> groups_by(const std::string& key, const Cases& cases);

// Problem -> the fastest backend's case.
// ones of few runs only where there is no other.
[[nodiscard]] std::map<std::string, const Measured*> fastest_of(const Cases& cases);

struct CasePair {
  const Measured* over = nullptr;
  const Measured* under = nullptr;
};
// Problems of both, without the key `varied` where it isn't empty: the fastest case of each side, of
// those that were measured in turns, and often enough, where there are any.
[[nodiscard]] std::vector<CasePair> fastest_pairs(const Cases& over, const Cases& under,
                                                  const std::string& varied);

// What a variant is held against: with one of q.from there, or where that is empty any other value.
[[nodiscard]] bool is_base(const ClaimQuantity& q, const Problem& problem,
                           const std::string& value);
// Alike without that key, what follows from it, and what only describes quantisation.
[[nodiscard]] bool same_but_for(const std::string& key, const Problem& a, const Problem& b);
// `over`: q.key is `value`; `under`: the same problem with one of q.from there (without a partner where
// q.from is empty), both of the fastest backend. Keys that only describe quantisation may differ.
[[nodiscard]] std::vector<CasePair> variant_pairs(const ClaimQuantity& q, const Cases& cases,
                                                  const std::string& value);

// Measured too few times, or never in turns.
[[nodiscard]] bool lacks_runs(const CasePair& pair);
// Only the number of runs chooses, never a value: those that were run often enough, in turns, noting
// the others as left out. All, where of none enough runs count.
[[nodiscard]] Cases with_runs(const Cases& cases, Reading& into);
[[nodiscard]] std::vector<CasePair> with_runs(const std::vector<CasePair>& pairs, Reading& into);
// Notes a case as left out.
void note_few(const Measured& m, Reading& into);

// Adds a case's runs and files to what a reading says of its evidence.
void note_case(const Measured& m, Reading& into);
// The same of both of a pair. Sides must have been measured in turns: where no file holds runs of
// both, it decides nothing.
void note_pair(const CasePair& pair, Reading& into);
[[nodiscard]] bool interleaved(const std::set<std::string>& a, const std::set<std::string>& b);

}  // namespace assay::case_measures
