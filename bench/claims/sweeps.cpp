// Throughput over the values of a key, and over the length of a run.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "bench/claims/case_groups.hpp"
#include "bench/claims/case_measures.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay::case_measures {
namespace {

double amount_of(const Measured& m, const std::string& value) {
  return value == "bytes" ? m.work.bytes_read + m.work.bytes_written : m.work.flops;
}

// Of a sweep over a key: the fastest with one of it, and the fastest.
struct OneAndTop {
  const Measured* one = nullptr;
  const Measured* top = nullptr;
};
// One value of the key alone is none; that one group is the fastest is a result.
std::optional<OneAndTop> sweep_of(const ClaimQuantity& q, const Cases& cases) {
  const auto rate = [&](const Measured* m) { return amount_of(*m, q.value) / median(m->runs_ns); };
  OneAndTop sweep;
  bool others = false;
  for (const Measured* m : cases) {
    const bool first = key_text(m->problem, q.key) == "1";
    others = others || !first;
    if (first && (sweep.one == nullptr || rate(m) > rate(sweep.one))) sweep.one = m;
    if (sweep.top == nullptr || rate(m) > rate(sweep.top)) sweep.top = m;
  }
  return sweep.one != nullptr && others ? std::optional(sweep) : std::nullopt;
}

}  // namespace

std::vector<Reading> scaling(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  if (!(model.compute_units > 0)) return readings;
  const Cases cases = matching(q.query(), model);
  Reading reading;
  auto sweep = sweep_of(q, with_runs(cases, reading));
  if (!sweep) {
    reading = Reading();
    sweep = sweep_of(q, cases);
  }
  if (!sweep) return readings;
  const auto [one, top] = *sweep;
  const double factor = amount_of(*top, q.value) / amount_of(*one, q.value) / model.compute_units;
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
  Cases cases;
  for (const Measured* m : tried(q.query(), model)) {
    if (m->status == Status::ok && !m->steadiness.empty()) cases.push_back(m);
  }
  Reading reading;
  const Measured* worst = nullptr;
  // Runs that throttled count here.
  const auto enough = [](const Measured* m) {
    return static_cast<int>(m->steadiness.size()) >= least_runs;
  };
  const bool any = std::ranges::any_of(cases, enough);
  for (const Measured* m : cases) {
    if (any && m->few_runs()) {
      note_few(*m, reading);
      continue;
    }
    if (worst == nullptr || median(m->steadiness) < median(worst->steadiness)) worst = m;
  }
  if (worst == nullptr) return {};
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

}  // namespace assay::case_measures
