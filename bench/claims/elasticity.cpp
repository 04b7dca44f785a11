// Whether the arithmetic units or the bandwidth decide: how much longer more arithmetic takes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bench/claims/case_groups.hpp"
#include "bench/claims/case_measures.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay::case_measures {
namespace {

// What takes longer at the device's own ceilings; empty where they weren't measured.
std::string roof_of(const Measured& m, const DeviceModel& model) {
  const auto alu = model.alu_ceilings.find(key_text(m.problem, "dtype"));
  if (alu == model.alu_ceilings.end() || !(model.memory_ceiling > 0)) return {};
  const double compute = m.work.flops / alu->second;
  const double move = (m.work.bytes_read + m.work.bytes_written) / model.memory_ceiling;
  return move > compute ? "bandwidth" : "arithmetic";
}

// Near to 1 with its whole interval, or near to 0.
std::string said(const Estimate& e) {
  constexpr double near = 0.2;
  if (e.low > 1 - near) return "time grows with the arithmetic: its units decide";
  if (e.high < near) return "time hardly grows with the arithmetic: bandwidth or latency decides";
  return "neither decides all the way from one size to the other";
}

// Of one backend each: how much slower another is says nothing of the hardware. The backend that is
// fastest at the larger sizes.
std::vector<CasePair> pairs_of(const Cases& over, const Cases& under, const std::string& key) {
  const auto enough = [](const CasePair& pair) { return !lacks_runs(pair); };
  std::map<std::string, Cases> by_backend;
  for (const Measured* m : over) by_backend[m->backend + "+" + m->variant].push_back(m);
  std::vector<CasePair> best;
  std::pair<bool, double> best_rank;  // lacks runs, time
  for (const auto& [backend, cases] : by_backend) {
    Cases partners;
    for (const Measured* m : under) {
      if (m->backend + "+" + m->variant == backend) partners.push_back(m);
    }
    std::vector<CasePair> pairs = fastest_pairs(cases, partners, key);
    std::erase_if(pairs, [](const CasePair& pair) {
      return !(pair.over->work.flops > pair.under->work.flops) || !(pair.under->work.flops > 0);
    });
    if (pairs.empty()) continue;
    double time = 0;  // a FLOP
    for (const CasePair& pair : pairs) time += median(pair.over->runs_ns) / pair.over->work.flops;
    time /= static_cast<double>(pairs.size());
    const std::pair rank(std::ranges::none_of(pairs, enough), time);
    if (!best.empty() && rank >= best_rank) continue;
    best_rank = rank;
    best = std::move(pairs);
  }
  return best;
}

Reading reading_of(const std::vector<CasePair>& all, const DeviceModel& model,
                   const ClaimQuantity& q) {
  Reading reading;
  const std::vector<CasePair> pairs = with_runs(all, reading);
  std::vector<std::vector<double>> groups;
  std::vector<double> work;
  for (const CasePair& pair : pairs) {
    groups.push_back(pair.under->runs_ns);
    groups.push_back(pair.over->runs_ns);
    work.push_back(std::log(pair.over->work.flops / pair.under->work.flops));
    note_pair(pair, reading);
  }
  reading.value = bootstrap_of_medians(groups, [&](std::span<const double> m) {
    double sum = 0;
    for (std::size_t i = 0; i < work.size(); ++i)
      sum += std::log(m[2 * i + 1] / m[2 * i]) / work[i];
    return sum / static_cast<double>(work.size());
  });
  reading.measured = true;
  reading.basis = Basis::runs;
  reading.note = said(reading.value);
  const CasePair& first = pairs.front();
  reading.note += ", " + first.over->backend;
  const std::string from = roof_of(*first.under, model);
  const std::string to = roof_of(*first.over, model);
  if (!from.empty()) {
    const auto at = [&](const Measured* m) { return q.key + ":" + key_text(m->problem, q.key); };
    reading.note += from == to ? fmt::format("; by the measured ceilings {} binds at both", from)
                               : fmt::format("; by the measured ceilings {} binds at {}, {} at {}",
                                             from, at(first.under), to, at(first.over));
  }
  return reading;
}

std::vector<Reading> between_sizes(const ClaimQuantity& q, const DeviceModel& model,
                                   const std::string& split, const Cases& cases) {
  std::vector<Reading> readings;
  std::set<std::int64_t> sizes;
  std::map<std::string, Cases> by_size = groups_by(q.key, cases);
  for (const auto& [size, unused] : by_size) {
    if (!size.empty()) sizes.insert(std::stoll(size));
  }
  for (auto size = sizes.begin(); size != sizes.end() && std::next(size) != sizes.end(); ++size) {
    const std::string from = std::to_string(*size);
    const std::string to = std::to_string(*std::next(size));
    const std::vector<CasePair> pairs = pairs_of(by_size[to], by_size[from], q.key);
    if (pairs.empty()) continue;
    readings.push_back(reading_of(pairs, model, q));
    readings.back().condition = fmt::format(
        "{}{}:{} to {}", q.split.empty() ? "" : q.split + ":" + split + ", ", q.key, from, to);
  }
  return readings;
}

}  // namespace

std::vector<Reading> elasticity(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  for (const auto& [split, cases] : groups_by(q.split, matching(q.query(), model))) {
    // A size of few runs between two others would part them.
    Reading few;
    std::vector<Reading> own = between_sizes(q, model, split, with_runs(cases, few));
    if (own.empty()) {
      few.few.clear();
      own = between_sizes(q, model, split, cases);
    }
    for (Reading& reading : own) {
      reading.few.insert(few.few.begin(), few.few.end());
      readings.push_back(std::move(reading));
    }
  }
  return readings;
}

}  // namespace assay::case_measures
