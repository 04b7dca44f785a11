// One problem with another value of one key.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "bench/claims/case_measures.hpp"
#include "bench/claims/case_readings.hpp"

namespace assay::case_measures {
namespace {

double exact_value(const ClaimQuantity& q, const Measured& m) {
  if (q.value == "operations") return m.work.flops;
  double bytes = 0;
  for (const TensorSpec& tensor : m.problem.tensors) {
    const bool kept = tensor.role == Role::weight || tensor.role == Role::kv_cache;
    if (kept) bytes += static_cast<double>(tensor.bytes());
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
  reading.basis = q.value == "error" ? Basis::counted : Basis::arithmetic;
  reading.note = pairs.size() == 1 ? "1 problem" : fmt::format("{} problems", pairs.size());
  return reading;
}

// Of what a device was asked for: it runs the problem and refuses it with that value.
std::optional<Reading> refusal(const ClaimQuantity& q, const Cases& asked,
                               const std::string& value) {
  Reading reading;
  for (const Measured* m : asked) {
    if (key_text(m->problem, q.key) != value) continue;
    if (m->status != Status::unsupported) return std::nullopt;
    const bool runs = std::ranges::any_of(asked, [&](const Measured* base) {
      return base->status == Status::ok && is_base(q, base->problem, value) &&
             same_but_for(q.key, base->problem, m->problem);
    });
    if (!runs) continue;
    reading.refused = fmt::format("{} ({}): {}", m->name, m->backend, m->reason);
    reading.records.insert(m->files.begin(), m->files.end());
  }
  if (reading.refused.empty()) return std::nullopt;
  reading.basis = Basis::counted;
  return reading;
}

}  // namespace

std::vector<Reading> variant(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  std::map<std::string, Cases> counting = groups_by(q.split, matching(q.query(), model));
  for (const auto& [split, asked] : groups_by(q.split, tried(q.query(), model))) {
    for (const std::string& value : q.to) {
      const std::string condition = q.key + ":" + value;
      if (const auto pairs = variant_pairs(q, counting[split], value); !pairs.empty()) {
        readings.push_back(variant_reading(q, pairs));
        set_condition(readings.back(), q, split, condition);
      } else if (skipped(q.query(), model, q.key, value)) {
        continue;
      } else if (auto refused = refusal(q, asked, value)) {
        readings.push_back(*std::move(refused));
        set_condition(readings.back(), q, split, condition);
        readings.back().split = 0;  // no size at which anything turns
      }
    }
  }
  return readings;
}

}  // namespace assay::case_measures
