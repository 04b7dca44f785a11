#include "bench/claims/case_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "bench/statistics/quantile.hpp"

namespace assay::case_measures {
namespace {

// A problem without the key that is varied, and without what only describes quantisation. With the
// dtype varies what follows from it: weights of the same, and the output.
std::string rest_of(const Problem& problem, const std::string& varied) {
  std::string text = problem.kernel;
  const bool dtypes = varied == "dtype";
  const std::string dtype = dtypes ? key_text(problem, "dtype") : std::string();
  const auto add = [&](const std::string& key, const std::string& value) {
    if (key == varied || key == "group" || key == "zero_points") return;
    if (dtypes && key == "out") return;
    text += "/" + key + ":" + (dtypes && value == dtype ? "as dtype" : value);
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

bool enough_count(const Measured* m) { return static_cast<int>(m->runs_ns.size()) >= least_runs; }

}  // namespace

Cases matching(const CaseQuery& query, const DeviceModel& model) {
  Cases cases;
  for (const Measured& m : model.cases) {
    if (m.has_runs() && m.backend != "reference" && query.matches(m.problem)) cases.push_back(&m);
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

bool skipped(const CaseQuery& query, const DeviceModel& model, const std::string& key,
             const std::string& value) {
  return std::ranges::any_of(model.cases, [&](const Measured& m) {
    return m.status == Status::skipped && m.backend != "reference" && query.matches(m.problem) &&
           key_text(m.problem, key) == value;
  });
}

std::map<std::string, Cases> groups_by(const std::string& key, const Cases& cases) {
  std::map<std::string, Cases> groups;
  for (const Measured* m : cases) {
    groups[key.empty() ? std::string() : key_text(m->problem, key)].push_back(m);
  }
  return groups;
}

std::map<std::string, const Measured*> fastest_of(const Cases& cases) {
  const auto rank = [](const Measured* m) { return std::pair(m->few_runs(), median(m->runs_ns)); };
  std::map<std::string, const Measured*> result;
  for (const Measured* m : cases) {
    const auto [found, added] = result.try_emplace(m->name, m);
    if (!added && rank(m) < rank(found->second)) found->second = m;
  }
  return result;
}

std::vector<CasePair> fastest_pairs(const Cases& over, const Cases& under,
                                    const std::string& varied) {
  const auto problem_of = [&](const Measured* m) {
    return varied.empty() ? m->name : rest_of(m->problem, varied);
  };
  std::map<std::string, Cases> partners;
  for (const Measured* m : under) partners[problem_of(m)].push_back(m);
  // Those with enough runs that one file holds both of first, then the fastest.
  const auto rank = [](const CasePair& pair) {
    return std::tuple(lacks_runs(pair), !interleaved(pair.over->files, pair.under->files),
                      median(pair.over->runs_ns) * median(pair.under->runs_ns));
  };
  std::map<std::string, CasePair> best;
  for (const Measured* m : over) {
    const std::string problem = problem_of(m);
    for (const Measured* partner : partners[problem]) {
      const CasePair pair = {m, partner};
      const auto [found, added] = best.try_emplace(problem, pair);
      if (!added && rank(pair) < rank(found->second)) found->second = pair;
    }
  }
  std::vector<CasePair> pairs;
  for (const auto& [problem, pair] : best) pairs.push_back(pair);
  return pairs;
}

bool is_base(const ClaimQuantity& q, const Problem& problem, const std::string& value) {
  const std::string have = key_text(problem, q.key);
  if (q.from.empty()) return have != value;
  if (q.from.front() == "dtype") return have == key_text(problem, "dtype");
  return std::ranges::find(q.from, have) != q.from.end();
}

bool same_but_for(const std::string& key, const Problem& a, const Problem& b) {
  return rest_of(a, key) == rest_of(b, key);
}

std::vector<CasePair> variant_pairs(const ClaimQuantity& q, const Cases& cases,
                                    const std::string& value) {
  Cases with;
  Cases without;
  for (const Measured* m : cases) {
    if (key_text(m->problem, q.key) == value) with.push_back(m);
    if (is_base(q, m->problem, value)) without.push_back(m);
  }
  if (!q.from.empty()) return fastest_pairs(with, without, q.key);
  std::vector<CasePair> alone;
  for (const auto& [rest, m] : fastest_rest(with, q.key)) alone.push_back({m, m});
  return alone;
}

bool lacks_runs(const CasePair& pair) {
  return pair.over->few_runs() || pair.under->few_runs() ||
         !interleaved(pair.over->files, pair.under->files);
}

void note_few(const Measured& m, Reading& into) {
  into.few.insert(
      fmt::format("{} ({}): {} of {} runs", m.name, m.backend, m.runs_ns.size(), least_runs));
}

Cases with_runs(const Cases& cases, Reading& into) {
  const bool any = std::ranges::any_of(cases, enough_count);
  Cases enough;
  std::ranges::copy_if(cases, std::back_inserter(enough),
                       [](const Measured* m) { return !m->few_runs(); });
  if (!any) return cases;
  for (const Measured* m : cases) {
    if (m->few_runs()) note_few(*m, into);
  }
  return enough;
}

std::vector<CasePair> with_runs(const std::vector<CasePair>& pairs, Reading& into) {
  const bool any = std::ranges::any_of(pairs, [](const CasePair& pair) {
    return !lacks_runs(pair) && enough_count(pair.over) && enough_count(pair.under);
  });
  std::vector<CasePair> enough;
  std::ranges::copy_if(pairs, std::back_inserter(enough),
                       [](const CasePair& pair) { return !lacks_runs(pair); });
  if (!any) return pairs;
  for (const CasePair& pair : pairs) {
    if (!lacks_runs(pair)) continue;
    for (const Measured* m : {pair.over, pair.under}) {
      if (m->few_runs()) note_few(*m, into);
    }
    if (!pair.over->few_runs() && !pair.under->few_runs()) {
      into.few.insert(pair.over->name + ": never measured in turns with its partner");
    }
  }
  return enough;
}

void note_case(const Measured& m, Reading& into) {
  const int runs = static_cast<int>(m.runs_ns.size());
  const int boards = static_cast<int>(m.boards.size());
  into.least_runs = into.records.empty() ? runs : std::min(into.least_runs, runs);
  into.boards = into.records.empty() ? boards : std::min(into.boards, boards);
  into.left_out += m.left_out;
  into.few_runs = into.few_runs || m.few_runs();
  if (into.invalid.empty() && !m.invalid.empty()) into.invalid = m.name + ": " + m.invalid;
  if (into.disputed.empty()) into.disputed = m.disputed;
  into.records.insert(m.files.begin(), m.files.end());
}

void note_pair(const CasePair& pair, Reading& into) {
  note_case(*pair.over, into);
  note_case(*pair.under, into);
  into.apart = into.apart || !interleaved(pair.over->files, pair.under->files);
}

bool interleaved(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::ranges::any_of(a, [&](const std::string& file) { return b.contains(file); });
}

}  // namespace assay::case_measures
