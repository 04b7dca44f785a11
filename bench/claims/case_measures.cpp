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

// Problems that both ran right, whether or not those runs count.
std::size_t problems_of_both(const ClaimQuantity& q, const std::string& split,
                             const DeviceModel& side, const DeviceModel& other) {
  const auto names_of = [&](const DeviceModel& model) {
    std::set<std::string> names;
    for (const Measured* m : tried(q.query(), model)) {
      const bool own = q.split.empty() || key_text(m->problem, q.split) == split;
      if (own && m->status == Status::ok) names.insert(m->name);
    }
    return names;
  };
  const std::set<std::string> theirs = names_of(other);
  const std::set<std::string> own = names_of(side);
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

}  // namespace

std::vector<Reading> best(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  if (q.value == "lanes" && model.clock() == 0) return readings;
  const Given given = given_of(q, model);
  if (!given.known) return readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(q.query(), model))) {
    const Measured* winner = nullptr;
    double top = 0;
    for (const Measured* m : cases) {
      // What a cache holds says nothing of the memory.
      if (m->problem.kernel == "stream" && !beyond_caches(*m, model)) continue;
      const double value = median(values_of(*m, q.value, model.clock()));
      const bool better = q.value == "time" ? value < top : value > top;
      if (winner == nullptr || better) {
        winner = m;
        top = value;
      }
    }
    if (winner == nullptr) continue;
    Reading reading;
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
    for (const auto& [problem, m] : fastest_of(cases)) {
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

std::vector<Reading> scaling(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  if (!(model.compute_units > 0)) return readings;
  const auto amount = [&](const Measured* m) {
    return q.value == "bytes" ? m->work.bytes_read + m->work.bytes_written : m->work.flops;
  };
  const auto rate = [&](const Measured* m) { return amount(m) / median(m->runs_ns); };
  const Measured* one = nullptr;
  const Measured* top = nullptr;
  for (const Measured* m : matching(q.query(), model)) {
    const std::string units = key_text(m->problem, q.key);
    if (units == "1" && (one == nullptr || rate(m) > rate(one))) one = m;
    if (top == nullptr || rate(m) > rate(top)) top = m;
  }
  // One value of the key alone is no sweep; that one group is the fastest is a result.
  const bool sweep =
      one != nullptr && std::ranges::any_of(matching(q.query(), model), [&](auto* m) {
        return key_text(m->problem, q.key) != "1";
      });
  if (!sweep) return readings;
  Reading reading;
  const double factor = amount(top) / amount(one) / model.compute_units;
  const std::vector<std::vector<double>> groups = {one->runs_ns, top->runs_ns};
  if (one == top) {
    reading.value = {factor, factor, factor};
  } else {
    reading.value = bootstrap_of_medians(
        groups, [&](std::span<const double> m) { return factor * m[0] / m[1]; });
  }
  reading.measured = true;
  reading.basis = Basis::runs;
  note_pair({one, top}, reading);
  reading.note = fmt::format("{} {} against 1", key_text(top->problem, q.key), q.key);
  readings.push_back(std::move(reading));
  return readings;
}

std::vector<Reading> steady(const ClaimQuantity& q, const DeviceModel& model) {
  const Measured* worst = nullptr;
  for (const Measured* m : tried(q.query(), model)) {
    if (m->status != Status::ok || m->steadiness.empty()) continue;
    if (worst == nullptr || median(m->steadiness) < median(worst->steadiness)) worst = m;
  }
  if (worst == nullptr) return {};
  Reading reading;
  reading.runs = worst->steadiness;
  const std::vector<std::vector<double>> one = {reading.runs};
  reading.value = bootstrap_of_medians(one, [](std::span<const double> m) { return m[0]; });
  reading.measured = true;
  reading.basis = Basis::runs;
  note_case(*worst, reading);
  reading.least_runs = static_cast<int>(worst->steadiness.size());
  reading.left_out = 0;
  reading.note = worst->name;
  return {reading};
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
      const std::size_t all = problems_of_both(q, split, side, other);
      if (all > pairs.size()) {
        readings.back().open =
            fmt::format("{} of {} problems without runs that count", all - pairs.size(), all);
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
