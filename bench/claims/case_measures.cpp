#include "bench/claims/case_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "bench/claims/case_groups.hpp"
#include "bench/claims/case_readings.hpp"
#include "bench/claims/model_measures.hpp"
#include "bench/claims/possible.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "bench/statistics/proportion.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay::case_measures {
namespace {

std::vector<double> values_of(const Measured& m, const std::string& value, double clock_hz) {
  std::vector<double> values;
  for (const double ns : m.runs_ns) {
    const double seconds = ns * 1e-9;
    if (value == "time") {
      values.push_back(seconds);
    } else if (value == "bytes") {
      values.push_back((m.work.bytes_read + m.work.bytes_written) / seconds);
    } else {
      values.push_back(m.work.flops / seconds / (value == "lanes" ? 2 * clock_hz : 1));
    }
  }
  return values;
}

bool driven_by(const std::vector<std::string>& backends, const DeviceModel& model) {
  return std::ranges::any_of(model.cases, [&](const Measured& m) {
    return std::ranges::find(backends, m.backend) != backends.end();
  });
}

// Problems that both ran right and often enough, whether or not those runs count, and `pairs` hasn't.
std::size_t problems_without_pair(const ClaimQuantity& q, const std::string& split,
                                  const DeviceModel& side, const DeviceModel& other,
                                  const std::vector<CasePair>& pairs) {
  const auto names_of = [&](const DeviceModel& model) {
    std::set<std::string> names;
    for (const Measured* m : tried(q.query(), model)) {
      const bool own = q.split.empty() || key_text(m->problem, q.split) == split;
      if (own && m->status == Status::ok && !m->few_runs()) names.insert(m->name);
    }
    return names;
  };
  const std::set<std::string> theirs = names_of(other);
  std::set<std::string> own = names_of(side);
  for (const CasePair& pair : pairs) own.erase(pair.over->name);
  return static_cast<std::size_t>(
      std::ranges::count_if(own, [&](const std::string& name) { return theirs.contains(name); }));
}

// A shape that no unit's width divides.
bool odd(const Problem& problem) {
  return std::ranges::any_of(std::array{"m", "n", "k"}, [&](const char* key) {
    const std::string text = key_text(problem, key);
    return !text.empty() && std::stoll(text) % 8 != 0;
  });
}

// The fastest of each problem, of those that were run often enough where these are of both kinds.
Cases odd_and_regular(const Cases& cases, Reading& into) {
  Cases fastest;
  for (const auto& [problem, m] : fastest_of(cases)) fastest.push_back(m);
  const auto both = [](const Cases& some) {
    const auto is_odd = [](const Measured* m) { return odd(m->problem); };
    return std::ranges::any_of(some, is_odd) && !std::ranges::all_of(some, is_odd);
  };
  Reading noted = into;
  Cases enough = with_runs(fastest, noted);
  if (!both(enough)) return fastest;
  into = std::move(noted);
  return enough;
}

}  // namespace

std::vector<Reading> best(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  if (q.value == "lanes" && model.clock() == 0) return readings;
  const Given given = given_of(q, model);
  if (!given.known) return readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(q.query(), model))) {
    Cases eligible;
    // What a cache holds says nothing of the memory.
    std::ranges::copy_if(cases, std::back_inserter(eligible), [&](const Measured* m) {
      return m->problem.kernel != "stream" || beyond_caches(*m, model);
    });
    Reading reading;
    const Measured* winner = nullptr;
    double top = 0;
    for (const Measured* m : with_runs(eligible, reading)) {
      const double value = median(values_of(*m, q.value, model.clock()));
      const bool better = q.value == "time" ? value < top : value > top;
      if (winner == nullptr || better) {
        winner = m;
        top = value;
      }
    }
    if (winner == nullptr) continue;
    reading.runs = values_of(*winner, q.value, model.clock());
    for (double& run : reading.runs) run /= given.divisor;
    reading.given = given.text;
    const std::vector<std::vector<double>> one = {reading.runs};
    reading.value = bootstrap_of_medians(one, [](std::span<const double> m) { return m[0]; });
    reading.measured = true;
    reading.basis = Basis::runs;
    note_case(*winner, reading);
    // Lanes are of a package, however few of its processors are there.
    if (q.value == "lanes" && !model.share.empty()) {
      reading.open = model.name + " is " + model.share + ": the lanes of its package aren't known";
    }
    set_condition(reading, q, split);
    readings.push_back(std::move(reading));
  }
  return readings;
}

std::vector<Reading> coverage(const ClaimQuantity& q, const DeviceModel& model,
                              const Evidence& evidence) {
  Reading reading;
  std::map<std::string, bool> problems;
  bool driven = false;
  const Cases cases = tried(q.query(), model);
  if (cases.empty()) return {};
  for (const Measured* m : cases) {
    const bool counts =
        q.portable.empty() || std::ranges::find(q.portable, m->backend) != q.portable.end();
    driven = driven || counts;
    if (!counts) continue;
    problems[m->name] = problems[m->name] || m->status == Status::ok;
    reading.records.insert(m->files.begin(), m->files.end());
    if (m->status == Status::wrong || m->status == Status::failed) {
      reading.why_not.insert(fmt::format("{} ({}): {}", m->name, m->backend, m->reason));
    }
  }
  const std::set<std::string> suite = evidence.problems(q.query());
  const auto right = std::ranges::count_if(problems, [](const auto& p) { return p.second; });
  const auto all = static_cast<std::int64_t>(suite.size());
  const auto untried = all - static_cast<std::int64_t>(problems.size());
  reading.value = clopper_pearson(right, all);
  reading.value.value = static_cast<double>(right) / static_cast<double>(all);
  reading.basis = Basis::counted;
  reading.note = fmt::format("{} of {} problems", right, all);
  // Where none of the backends drives the device at all, nothing runs.
  if (untried > 0 && driven) {
    reading.open = fmt::format("{} of {} problems not tried", untried, all);
  } else if (!driven) {
    reading.note += ", none of the backends drives it";
  }
  return {reading};
}

std::vector<Reading> spread(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(q.query(), model))) {
    std::vector<std::vector<double>> regular;
    std::vector<std::vector<double>> groups;  // odd ones first
    Reading reading;
    for (const Measured* m : odd_and_regular(cases, reading)) {
      (odd(m->problem) ? groups : regular).push_back(values_of(*m, q.value, model.clock()));
      note_case(*m, reading);
    }
    if (groups.empty() || regular.empty()) continue;
    const std::size_t odds = groups.size();
    groups.insert(groups.end(), regular.begin(), regular.end());
    reading.value = bootstrap_of_medians(groups, [&](std::span<const double> m) {
      return std::ranges::min(m.first(odds)) / std::ranges::max(m.subspan(odds));
    });
    reading.measured = true;
    reading.basis = Basis::runs;
    reading.note = fmt::format("{} odd shapes of {}", odds, groups.size());
    set_condition(reading, q, split);
    readings.push_back(std::move(reading));
  }
  return readings;
}

std::vector<Reading> native(const ClaimQuantity& q, const DeviceModel& model) {
  const auto of = [](const std::vector<std::string>& backends, const Cases& cases) {
    Cases some;
    for (const Measured* m : cases) {
      if (std::ranges::find(backends, m->backend) != backends.end()) some.push_back(m);
    }
    return some;
  };
  std::vector<Reading> readings;
  const auto asked = groups_by(q.split, of(q.portable, tried(q.query(), model)));
  for (const auto& [split, cases] : groups_by(q.split, matching(q.query(), model))) {
    const Cases portable = of(q.portable, cases);
    const Cases own = of(q.native, cases);
    if (own.empty()) continue;
    std::optional<Reading> reading;
    if (portable.empty()) {
      const auto group = asked.find(split);
      if (group != asked.end()) {
        reading = nothing_runs(group->second);
      } else if (!driven_by(q.portable, model)) {
        reading = Reading();
        reading->basis = Basis::counted;
        reading->note = "none of the portable backends drives it";
      }
    } else if (const auto pairs = fastest_pairs(own, portable, {}); !pairs.empty()) {
      // Of speeds: native time / portable time.
      reading = ratio_reading(pairs);
    }
    if (!reading) continue;
    for (const Measured* m : own) reading->records.insert(m->files.begin(), m->files.end());
    set_condition(*reading, q, split);
    readings.push_back(*std::move(reading));
  }
  return readings;
}

std::vector<Reading> suite(const ClaimQuantity& q, const DeviceModel& side,
                           const DeviceModel& other) {
  std::vector<Reading> readings;
  const auto own = groups_by(q.split, matching(q.query(), side));
  const auto asked = groups_by(q.split, tried(q.query(), side));
  for (const auto& [split, theirs] : groups_by(q.split, matching(q.query(), other))) {
    if (const auto cases = own.find(split); cases != own.end()) {
      // Speed of `side`: the other's time / its own.
      const std::vector<CasePair> pairs = fastest_pairs(theirs, cases->second, {});
      if (pairs.empty()) continue;
      readings.push_back(ratio_reading(pairs));
      if (const auto none = problems_without_pair(q, split, side, other, pairs); none > 0) {
        readings.back().open =
            fmt::format("{} of {} problems without runs that count", none, none + pairs.size());
      }
    } else {
      const auto refused = asked.find(split);
      auto none = refused == asked.end() ? std::nullopt : nothing_runs(refused->second);
      if (!none) continue;
      readings.push_back(*std::move(none));
    }
    set_condition(readings.back(), q, split);
  }
  return readings;
}

}  // namespace assay::case_measures
