#include "bench/claims/case_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bench/claims/case_groups.hpp"
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

double geometric(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += std::log(v);
  return std::exp(sum / static_cast<double>(values.size()));
}

// exp(mean ln(median of odd groups / median of even groups)).
Estimate mean_ratio(const std::vector<std::vector<double>>& groups) {
  return bootstrap_of_medians(groups, [](std::span<const double> m) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i + 1 < m.size(); i += 2) ratios.push_back(m[i + 1] / m[i]);
    return geometric(ratios);
  });
}

// Times over times, problem by problem: `over` / `under`.
Reading ratio_reading(const std::vector<CasePair>& pairs) {
  Reading reading;
  std::vector<std::vector<double>> groups;
  for (const CasePair& pair : pairs) {
    groups.push_back(pair.under->runs_ns);
    groups.push_back(pair.over->runs_ns);
    note_case(*pair.under, reading);
    note_case(*pair.over, reading);
  }
  reading.value = mean_ratio(groups);
  reading.measured = true;
  reading.note = pairs.size() == 1 ? "1 problem" : fmt::format("{} problems", pairs.size());
  return reading;
}

double exact_value(const ClaimQuantity& q, const Measured& m) {
  if (q.value == "operations") return m.work.flops;
  double bytes = 0;
  for (const TensorSpec& tensor : m.problem.tensors) {
    if (tensor.role == Role::weight) bytes += static_cast<double>(tensor.bytes());
  }
  return bytes;
}

Reading variant_reading(const ClaimQuantity& q, const std::vector<CasePair>& pairs) {
  if (q.value == "time" || q.value == "flops") {
    // Of throughputs the ratio is the other way round.
    std::vector<CasePair> turned = pairs;
    if (q.value == "flops") {
      for (CasePair& pair : turned) std::swap(pair.over, pair.under);
    }
    return ratio_reading(turned);
  }
  Reading reading;
  std::vector<double> values;
  for (const CasePair& pair : pairs) {
    if (q.value == "error") {
      values.push_back(pair.over->error);
    } else {
      values.push_back(exact_value(q, *pair.over) / exact_value(q, *pair.under));
    }
    note_case(*pair.over, reading);
  }
  const double value = q.value == "error" ? std::ranges::max(values) : geometric(values);
  reading.value = {value, value, value};
  reading.note = pairs.size() == 1 ? "1 problem" : fmt::format("{} problems", pairs.size());
  return reading;
}

void set_condition(Reading& reading, const ClaimQuantity& q, const std::string& split,
                   const std::string& more = {}) {
  reading.condition = more;
  if (q.split.empty()) return;
  reading.condition += (more.empty() ? "" : ", ") + q.split + ":" + split;
  double number = 0;
  const auto [stop, code] = std::from_chars(split.data(), split.data() + split.size(), number);
  if (code == std::errc{} && stop == split.data() + split.size()) reading.split = number;
}

std::string fact_dtype(const std::string& dtype) {
  if (dtype == "s8" || dtype == "u8") return "int8";
  return dtype;
}

}  // namespace

std::string impossible(const Measured& m, const DeviceModel& model, const FactTable& facts) {
  if (model.fact.empty() || !m.has_runs()) return {};
  const double seconds = median(m.runs_ns) * 1e-9;
  double peak = 0;
  for (const Fact& fact : facts.rows()) {
    if (fact.device != model.fact || fact.figure != "peak" || fact.sparsity != "dense") continue;
    if (fact.dtype == fact_dtype(key_text(m.problem, "dtype"))) peak = std::max(peak, *fact.value);
  }
  const double rate = m.work.flops / seconds * 1e-12;
  if (peak > 0 && rate > peak) {
    return fmt::format(
        "{:.4g} TFLOP/s is above the dense peak on record, {:.4g}: wrong clock, "
        "cached data or skipped work",
        rate, peak);
  }
  const Fact* bandwidth = facts.best({model.fact, "memory_bandwidth"});
  const double moved = m.work.bytes_read + m.work.bytes_written;
  constexpr double beyond_caches = 1e9;
  if (bandwidth != nullptr && m.problem.kernel == "stream" &&
      static_cast<double>(m.problem.bytes()) > beyond_caches &&
      moved / seconds * 1e-9 > *bandwidth->value) {
    return fmt::format("{:.4g} GB/s is above the bandwidth on record, {}", moved / seconds * 1e-9,
                       bandwidth->text);
  }
  return {};
}

std::vector<Reading> best(const ClaimQuantity& q, const DeviceModel& model,
                          const FactTable& facts) {
  std::vector<Reading> readings;
  if (q.value == "lanes" && model.clock_hz == 0) return readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(*q.cases, model))) {
    const Measured* winner = nullptr;
    double top = 0;
    for (const Measured* m : cases) {
      const double value = median(values_of(*m, q.value, model.clock_hz));
      const bool better = q.value == "time" ? value < top : value > top;
      if (winner == nullptr || better) {
        winner = m;
        top = value;
      }
    }
    Reading reading;
    reading.runs = values_of(*winner, q.value, model.clock_hz);
    const std::vector<std::vector<double>> one = {reading.runs};
    reading.value = bootstrap_of_medians(one, [](std::span<const double> m) { return m[0]; });
    reading.measured = true;
    note_case(*winner, reading);
    reading.invalid = impossible(*winner, model, facts);
    set_condition(reading, q, split);
    readings.push_back(std::move(reading));
  }
  return readings;
}

std::vector<Reading> coverage(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  for (const auto& [split, cases] : groups_by(q.split, tried(*q.cases, model))) {
    std::map<std::string, bool> problems;
    Reading reading;
    for (const Measured* m : cases) {
      problems[m->name] = problems[m->name] || m->status == Status::ok;
      reading.records.insert(m->files.begin(), m->files.end());
    }
    const auto right = std::ranges::count_if(problems, [](const auto& p) { return p.second; });
    const auto all = static_cast<std::int64_t>(problems.size());
    reading.value = clopper_pearson(right, all);
    reading.value.value = static_cast<double>(right) / static_cast<double>(all);
    reading.note = fmt::format("{} of {} problems", right, all);
    set_condition(reading, q, split);
    readings.push_back(std::move(reading));
  }
  return readings;
}

std::vector<Reading> spread(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(*q.cases, model))) {
    const auto fastest = fastest_of(cases);
    if (fastest.size() < 2) continue;
    Reading reading;
    std::vector<std::vector<double>> groups;
    for (const auto& [problem, m] : fastest) {
      groups.push_back(values_of(*m, q.value, model.clock_hz));
      note_case(*m, reading);
    }
    reading.value = bootstrap_of_medians(groups, [](std::span<const double> m) {
      return std::ranges::min(m) / std::ranges::max(m);
    });
    reading.measured = true;
    reading.note = fmt::format("{} problems", fastest.size());
    set_condition(reading, q, split);
    readings.push_back(std::move(reading));
  }
  return readings;
}

std::vector<Reading> scaling(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  if (!(model.compute_units > 0)) return readings;
  const Measured* one = nullptr;
  const Measured* top = nullptr;
  for (const Measured* m : matching(*q.cases, model)) {
    const std::string units = key_text(m->problem, q.key);
    const auto rate = [](const Measured* x) { return x->work.flops / median(x->runs_ns); };
    if (units == "1" && (one == nullptr || rate(m) > rate(one))) one = m;
    if (top == nullptr || rate(m) > rate(top)) top = m;
  }
  if (one == nullptr || top == nullptr || one == top) return readings;
  Reading reading;
  const double factor = top->work.flops / one->work.flops / model.compute_units;
  const std::vector<std::vector<double>> groups = {one->runs_ns, top->runs_ns};
  reading.value =
      bootstrap_of_medians(groups, [&](std::span<const double> m) { return factor * m[0] / m[1]; });
  reading.measured = true;
  note_case(*one, reading);
  note_case(*top, reading);
  reading.note = fmt::format("{} {} against 1", key_text(top->problem, q.key), q.key);
  readings.push_back(std::move(reading));
  return readings;
}

std::vector<Reading> variant(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(*q.cases, model))) {
    for (const std::string& value : q.to) {
      const std::vector<CasePair> pairs = variant_pairs(q, cases, value);
      if (pairs.empty()) continue;
      readings.push_back(variant_reading(q, pairs));
      set_condition(readings.back(), q, split, q.key + ":" + value);
    }
  }
  return readings;
}

std::vector<Reading> native(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(*q.cases, model))) {
    std::vector<const Measured*> portable;
    std::vector<const Measured*> own;
    for (const Measured* m : cases) {
      const bool ours = std::ranges::find(q.portable, m->backend) != q.portable.end();
      if (m->backend != "reference") (ours ? portable : own).push_back(m);
    }
    // Of speeds: native time / portable time.
    const std::vector<CasePair> pairs = common(fastest_of(own), fastest_of(portable));
    if (pairs.empty()) continue;
    readings.push_back(ratio_reading(pairs));
    set_condition(readings.back(), q, split);
  }
  return readings;
}

std::vector<Reading> suite(const ClaimQuantity& q, const DeviceModel& side,
                           const DeviceModel& other) {
  std::vector<Reading> readings;
  const auto theirs = groups_by(q.split, matching(*q.cases, other));
  for (const auto& [split, cases] : groups_by(q.split, matching(*q.cases, side))) {
    const auto found = theirs.find(split);
    if (found == theirs.end()) continue;
    // Speed of `side`: the other's time / its own.
    const std::vector<CasePair> pairs = common(fastest_of(found->second), fastest_of(cases));
    if (pairs.empty()) continue;
    readings.push_back(ratio_reading(pairs));
    set_condition(readings.back(), q, split);
  }
  return readings;
}

}  // namespace assay::case_measures
