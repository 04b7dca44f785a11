// Ratios of two quantities, of every pair of their devices.
#include <fmt/format.h>

#include <algorithm>

#include "bench/claims/case_groups.hpp"
#include "bench/claims/measures.hpp"
#include "bench/claims/model_measures.hpp"
#include "bench/statistics/bootstrap.hpp"

namespace assay {
namespace {

Reading divided(const Reading& over, const Reading& under) {
  Reading reading;
  reading.subject =
      over.subject == under.subject ? over.subject : over.subject + " / " + under.subject;
  reading.vendor = over.vendor;
  reading.condition = over.condition;
  if (reading.condition.empty()) reading.condition = under.condition;
  reading.split = over.split;
  reading.fact = over.fact;
  reading.measured = over.measured && under.measured;
  reading.basis = std::min(over.basis, under.basis);
  reading.open = over.open.empty() ? under.open : over.open;
  reading.apart = over.apart || under.apart ||
                  (reading.measured && !case_measures::interleaved(over.records, under.records));
  reading.few_runs = over.few_runs || under.few_runs;
  reading.few = over.few;
  reading.few.insert(under.few.begin(), under.few.end());
  if (over.subject != under.subject) {
    reading.share = over.share.empty() || under.share.empty() ? over.share + under.share
                                                              : over.share + ", " + under.share;
  }
  reading.disputed = over.disputed.empty() ? under.disputed : over.disputed;
  reading.given = over.given.empty() || under.given.empty() ? over.given + under.given
                                                            : over.given + ", " + under.given;
  if (!over.runs.empty() && !under.runs.empty()) {
    reading.value = bootstrap_ratio(under.runs, over.runs);
  } else {
    reading.value = {over.value.value / under.value.value, over.value.low / under.value.high,
                     over.value.high / under.value.low};
  }
  reading.least_runs = std::min(over.least_runs, under.least_runs);
  reading.boards = std::min(over.boards, under.boards);
  reading.left_out = over.left_out + under.left_out;
  reading.invalid = over.invalid.empty() ? under.invalid : over.invalid;
  reading.note =
      over.note == under.note || under.note.empty() ? over.note : over.note + "; " + under.note;
  reading.records = over.records;
  reading.records.insert(under.records.begin(), under.records.end());
  return reading;
}

// What a pair ought to share and doesn't, by what is on record of both; empty where it does.
std::string unlike(const std::vector<std::string>& keys, const std::string& a, const std::string& b,
                   const FactTable& facts) {
  const auto row = [&](const std::string& device, const char* figure) -> const Fact* {
    const Fact* fact = device.empty() ? nullptr : facts.best({device, figure});
    return fact != nullptr && fact->status != "unverified" ? fact : nullptr;
  };
  for (const std::string& key : keys) {
    const bool year = key == "year";
    const Fact* one = row(a, year ? "launch_date" : "tdp");
    const Fact* other = row(b, year ? "launch_date" : "tdp");
    if (one == nullptr || other == nullptr) {
      return std::string(year ? "launch year" : "power") + " of both isn't on record";
    }
    if (year && one->text.substr(0, 4) != other->text.substr(0, 4)) {
      return fmt::format("launched {} and {}", one->text, other->text);
    }
    constexpr double class_of_power = 2;
    const double watts = one->value.value_or(0);
    const double others = other->value.value_or(0);
    if (!year && std::max(watts, others) > class_of_power * std::min(watts, others)) {
      return fmt::format("{} W and {} W", one->text, other->text);
    }
  }
  return {};
}

}  // namespace

QuantityResult Measures::ratio(const ClaimQuantity& q) const {
  const QuantityResult over = evaluate(*claim_.find(q.of[0]));
  const QuantityResult under = evaluate(*claim_.find(q.of[1]));
  QuantityResult result;
  for (const QuantityResult* part : {&over, &under}) {
    result.absent.insert(result.absent.end(), part->absent.begin(), part->absent.end());
    result.unmeasured.insert(result.unmeasured.end(), part->unmeasured.begin(),
                             part->unmeasured.end());
    result.refused.insert(result.refused.end(), part->refused.begin(), part->refused.end());
  }
  for (const Reading& a : over.readings) {
    for (const Reading& b : under.readings) {
      if (q.same_device && a.subject != b.subject) continue;
      if (!a.condition.empty() && !b.condition.empty() && a.condition != b.condition) continue;
      result.readings.push_back(divided(a, b));
      result.readings.back().unlike = unlike(q.alike, a.fact, b.fact, evidence_.facts());
    }
  }
  add_refusals(q, over, under, result);
  return result;
}

// That a device has matrix instructions, and none for this dtype, is a result: they gain nothing there.
void Measures::add_refusals(const ClaimQuantity& q, const QuantityResult& over,
                            const QuantityResult& under, QuantityResult& into) const {
  const ClaimQuantity& first = *claim_.find(q.of[0]);
  if (!(q.refused > 0) || !first.cases) return;
  const auto of = [](const QuantityResult& side, const std::string& subject, const auto& matches) {
    return std::ranges::any_of(side.readings, [&](const Reading& r) {
      return r.subject == subject && matches(r.condition);
    });
  };
  for (const Reading& b : under.readings) {
    const auto same = [&](const std::string& condition) { return condition == b.condition; };
    const auto any = [](const std::string&) { return true; };
    if (of(over, b.subject, same) || !of(over, b.subject, any)) continue;
    const auto model = std::ranges::find(evidence_.models(), b.subject, &DeviceModel::name);
    if (model == evidence_.models().end()) continue;
    Reading reading = exact(q.refused, {});
    bool refused = false;
    bool other = std::ranges::any_of(model->cases, [&](const Measured& m) {
      return m.status == Status::skipped && first.cases->matches(m.problem) &&
             first.split + ":" + key_text(m.problem, first.split) == b.condition;
    });
    for (const Measured* m : case_measures::tried(*first.cases, *model)) {
      if (first.split + ":" + key_text(m->problem, first.split) != b.condition) continue;
      (m->status == Status::unsupported ? refused : other) = true;
      reading.note = "nothing to gain, " + m->backend + " has it for others: " + m->reason;
      reading.records.insert(m->files.begin(), m->files.end());
    }
    if (!refused || other) continue;
    reading.subject = b.subject;
    reading.vendor = b.vendor;
    reading.fact = b.fact;
    reading.condition = b.condition;
    reading.basis = Basis::counted;
    into.readings.push_back(std::move(reading));
  }
}

}  // namespace assay
