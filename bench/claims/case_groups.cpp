#include "bench/claims/case_groups.hpp"

#include <algorithm>

#include "bench/statistics/quantile.hpp"

namespace assay::case_measures {
namespace {

// A problem without the key that is varied, and without what only describes quantisation.
std::string rest_of(const Problem& problem, const std::string& varied) {
  std::string text = problem.kernel;
  const auto add = [&](const std::string& key, const std::string& value) {
    if (key != varied && key != "group" && key != "zero_points") text += "/" + key + ":" + value;
  };
  for (const auto& [key, value] : problem.integers) add(key, std::to_string(value));
  for (const auto& [key, value] : problem.words) add(key, value);
  return text;
}

std::map<std::string, const Measured*> fastest_rest(const Cases& cases, const std::string& key) {
  std::map<std::string, const Measured*> result;
  for (const Measured* m : cases) {
    const auto [found, added] = result.try_emplace(rest_of(m->problem, key), m);
    if (!added && median(m->runs_ns) < median(found->second->runs_ns)) found->second = m;
  }
  return result;
}

}  // namespace

Cases matching(const CaseQuery& query, const DeviceModel& model) {
  Cases cases;
  for (const Measured& m : model.cases) {
    if (m.has_runs() && query.matches(m.problem)) cases.push_back(&m);
  }
  return cases;
}

Cases tried(const CaseQuery& query, const DeviceModel& model) {
  Cases cases;
  for (const Measured& m : model.cases) {
    if (m.status != Status::skipped && m.backend != "reference" && query.matches(m.problem)) {
      cases.push_back(&m);
    }
  }
  return cases;
}

std::map<std::string, Cases> groups_by(const std::string& key, const Cases& cases) {
  std::map<std::string, Cases> groups;
  for (const Measured* m : cases) {
    groups[key.empty() ? std::string() : key_text(m->problem, key)].push_back(m);
  }
  return groups;
}

std::map<std::string, const Measured*> fastest_of(const Cases& cases) {
  std::map<std::string, const Measured*> result;
  for (const Measured* m : cases) {
    const auto [found, added] = result.try_emplace(m->name, m);
    if (!added && median(m->runs_ns) < median(found->second->runs_ns)) found->second = m;
  }
  return result;
}

std::vector<CasePair> common(const std::map<std::string, const Measured*>& over,
                             const std::map<std::string, const Measured*>& under) {
  std::vector<CasePair> pairs;
  for (const auto& [problem, m] : over) {
    const auto found = under.find(problem);
    if (found != under.end()) pairs.push_back({m, found->second});
  }
  return pairs;
}

std::vector<CasePair> variant_pairs(const ClaimQuantity& q, const Cases& cases,
                                    const std::string& value) {
  Cases with;
  Cases without;
  for (const Measured* m : cases) {
    const std::string have = key_text(m->problem, q.key);
    const std::string from = q.from == "dtype" ? key_text(m->problem, "dtype") : q.from;
    if (have == value) with.push_back(m);
    if (have == from) without.push_back(m);
  }
  const auto over = fastest_rest(with, q.key);
  if (!q.from.empty()) return common(over, fastest_rest(without, q.key));
  std::vector<CasePair> alone;
  for (const auto& [rest, m] : over) alone.push_back({m, m});
  return alone;
}

void note_case(const Measured& m, Reading& into) {
  const int runs = static_cast<int>(m.runs_ns.size());
  into.least_runs = into.records.empty() ? runs : std::min(into.least_runs, runs);
  into.left_out += m.left_out;
  into.records.insert(m.files.begin(), m.files.end());
}

}  // namespace assay::case_measures
