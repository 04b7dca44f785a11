#include "bench/claims/measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "bench/claims/case_measures.hpp"
#include "bench/model/estimate.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

// Days since 1970 of YYYY[-MM[-DD]]; a part that is left out is its first.
double days_of(const std::string& date) {
  const auto part = [&](std::size_t at, std::size_t size, unsigned otherwise) {
    return date.size() >= at + size ? static_cast<unsigned>(std::stoul(date.substr(at, size)))
                                    : otherwise;
  };
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(part(0, 4, 1970))),
                                        std::chrono::month(part(5, 2, 1)),
                                        std::chrono::day(part(8, 2, 1)));
  return static_cast<double>(std::chrono::sys_days(day).time_since_epoch().count());
}

void add(std::vector<Reading> readings, const std::string& subject, const DeviceModel& model,
         int boards, QuantityResult& into) {
  for (Reading& reading : readings) {
    reading.subject = subject;
    reading.vendor = model.vendor;
    reading.boards = boards;
    into.readings.push_back(std::move(reading));
  }
}

std::string query_text(const ClaimQuantity& q) { return q.cases ? text(*q.cases) : q.name; }

Reading exact(double value, const std::string& note) {
  Reading reading;
  reading.value = {value, value, value};
  reading.note = note;
  return reading;
}

std::vector<Reading> memory_of(const DeviceModel& model) {
  if (!(model.memory_bytes > 0)) return {};
  return {exact(model.memory_bytes, "as the driver says; not exercised")};
}

std::vector<Reading> tokens_of(const ClaimQuantity& q, const DeviceModel& model) {
  EstimateOptions options;
  options.weights = q.weights;
  const ModelEstimate estimate = estimate_model(find_model(q.model), model, options);
  if (!estimate.decode.known) return {};
  Reading reading;
  reading.value = estimate.decode.tokens_per_second;
  reading.note = "an upper bound; " + std::string(estimate.fits() ? "fits" : "does not fit") +
                 " the device's memory";
  return {reading};
}

std::vector<Reading> of_model(const ClaimQuantity& q, const DeviceModel& model,
                              const FactTable& facts) {
  switch (q.measure) {
    case MeasureKind::best:
      return case_measures::best(q, model, facts);
    case MeasureKind::coverage:
      return case_measures::coverage(q, model);
    case MeasureKind::spread:
      return case_measures::spread(q, model);
    case MeasureKind::scaling:
      return case_measures::scaling(q, model);
    case MeasureKind::variant:
      return case_measures::variant(q, model);
    case MeasureKind::native:
      return case_measures::native(q, model);
    case MeasureKind::memory:
      return memory_of(model);
    case MeasureKind::tokens:
      return tokens_of(q, model);
    default:
      return {};
  }
}

// Whether the device was asked and can't.
void note_refusals(const ClaimQuantity& q, const DeviceModel& model, QuantityResult& into) {
  for (const Measured& m : model.cases) {
    if (m.status != Status::unsupported || !q.cases || !q.cases->matches(m.problem)) continue;
    into.refused.push_back(fmt::format("{} ({}): {}", model.name, m.backend, m.reason));
    return;
  }
}

// Vendors of which some device covers everything that any device tried.
Reading vendors_of(const ClaimQuantity& q, const std::vector<const DeviceModel*>& models) {
  std::set<std::string> whole;
  Reading reading;
  for (const DeviceModel* model : models) {
    for (const Reading& c : case_measures::coverage(q, *model)) {
      if (c.value.value >= 1) whole.insert(model->vendor);
      reading.records.insert(c.records.begin(), c.records.end());
    }
  }
  std::string names;
  for (const std::string& vendor : whole) names += (names.empty() ? "" : ", ") + vendor;
  const auto count = static_cast<double>(whole.size());
  reading.value = {count, count, count};
  reading.note = names;
  return reading;
}

Reading divided(const Reading& over, const Reading& under) {
  Reading reading;
  reading.subject =
      over.subject == under.subject ? over.subject : over.subject + " / " + under.subject;
  reading.vendor = over.vendor;
  reading.condition = over.condition;
  if (reading.condition.empty()) reading.condition = under.condition;
  reading.split = over.split;
  reading.measured = over.measured && under.measured;
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

}  // namespace

QuantityResult Measures::measured(const ClaimQuantity& q) const {
  QuantityResult result;
  const ClaimSide& side = claim_.sides.at(q.side);
  const std::vector<const DeviceModel*> models = evidence_.find(side);
  if (models.empty()) result.absent.push_back(side.label);
  std::vector<const DeviceModel*> others;
  if (q.measure == MeasureKind::suite) {
    const ClaimSide& other = claim_.sides.at(q.other);
    others = evidence_.find(other);
    if (others.empty()) result.absent.push_back(other.label);
  }
  if (!result.absent.empty()) return result;
  if (q.measure == MeasureKind::vendors) {
    result.readings.push_back(vendors_of(q, models));
    return result;
  }
  for (const DeviceModel* model : models) {
    const int boards = static_cast<int>(model->boards.size());
    add(of_model(q, *model, evidence_.facts()), model->name, *model, boards, result);
    for (const DeviceModel* other : others) {
      if (other == model) continue;
      const int fewest = std::min(boards, static_cast<int>(other->boards.size()));
      add(case_measures::suite(q, *model, *other), model->name + " / " + other->name, *model,
          fewest, result);
    }
  }
  if (result.readings.empty()) {
    result.unmeasured.push_back(query_text(q));
    for (const DeviceModel* model : models) note_refusals(q, *model, result);
  }
  return result;
}

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
    }
  }
  return result;
}

QuantityResult Measures::paper(const ClaimQuantity& q) const {
  QuantityResult result;
  const Fact* fact = evidence_.facts().best(q.fact);
  if (fact == nullptr) {
    result.unmeasured.push_back(q.fact.device + " " + q.fact.figure);
    return result;
  }
  const double value =
      q.measure == MeasureKind::days ? days_of(fact->text) - days_of(claim_.date) : *fact->value;
  const std::string unit = fact->value_unit == "date" || fact->value_unit == "count"
                               ? std::string()
                               : " " + fact->value_unit;
  Reading reading =
      exact(value, fmt::format("{} {}{} ({})", fact->device, fact->text, unit, fact->status));
  // Every value that sources give for the same figure.
  if (fact->status == "disputed" && q.measure == MeasureKind::fact) {
    for (const Fact* other : evidence_.facts().find(q.fact)) {
      if (other->status != "disputed") continue;
      reading.value.low = std::min(reading.value.low, *other->value);
      reading.value.high = std::max(reading.value.high, *other->value);
    }
  }
  reading.records.insert(evidence_.facts().path() + ":" + std::to_string(fact->line));
  result.readings.push_back(std::move(reading));
  return result;
}

QuantityResult Measures::evaluate(const ClaimQuantity& quantity) const {
  switch (quantity.measure) {
    case MeasureKind::ratio:
      return ratio(quantity);
    case MeasureKind::fact:
    case MeasureKind::days:
      return paper(quantity);
    default:
      return measured(quantity);
  }
}

}  // namespace assay
