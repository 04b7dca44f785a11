#include "bench/claims/measures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/claims/case_groups.hpp"
#include "bench/claims/case_measures.hpp"
#include "bench/claims/device_measures.hpp"
#include "bench/claims/model_measures.hpp"
#include "bench/claims/possible.hpp"
#include "bench/claims/runs.hpp"
#include "bench/claims/units.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

// `share`: of what the device is held against.
void add(std::vector<Reading> readings, const std::string& subject, const DeviceModel& model,
         const std::string& share, QuantityResult& into) {
  for (Reading& reading : readings) {
    reading.subject = subject;
    reading.vendor = model.vendor;
    reading.fact = model.fact;
    reading.share = model.share.empty() ? share : model.name + ": " + model.share;
    if (!model.share.empty() && !share.empty()) reading.share += ", " + share;
    into.readings.push_back(std::move(reading));
  }
}

// What the user would have to say of a device that was measured.
std::string needed_text(const ClaimQuantity& q, const DeviceModel& model) {
  const bool price = q.per == "price";
  return fmt::format("the {} of {}: {} '{}={}'", price ? "price" : "power", model.name,
                     price ? "--price" : "--watts", model.name, price ? "N" : "W");
}

std::string query_text(const ClaimQuantity& q) {
  if (q.measure == MeasureKind::shared)
    return "records of one problem split over several devices at once (assay split)";
  return q.cases ? "records of `" + text(*q.cases) + "`" : "records of " + q.name;
}

std::vector<Reading> of_model(const ClaimQuantity& q, const DeviceModel& model,
                              const Evidence& evidence) {
  switch (q.measure) {
    case MeasureKind::best:
      return case_measures::best(q, model);
    case MeasureKind::coverage:
      return case_measures::coverage(q, model, evidence);
    case MeasureKind::spread:
      return case_measures::spread(q, model);
    case MeasureKind::scaling:
      return case_measures::scaling(q, model);
    case MeasureKind::steady:
      return case_measures::steady(q, model);
    case MeasureKind::elasticity:
      return case_measures::elasticity(q, model);
    case MeasureKind::variant:
      return case_measures::variant(q, model);
    case MeasureKind::native:
      return case_measures::native(q, model);
    case MeasureKind::memory:
      return memory_of(model);
    case MeasureKind::tokens:
      return tokens_of(q, model);
    case MeasureKind::fit:
      return fit_of(q, model);
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

// Runs of the query that there are and that don't count, and why.
void note_left_out(const ClaimQuantity& q, const DeviceModel& model, QuantityResult& into) {
  if (!q.cases) return;
  int left_out = 0;
  int cached = 0;
  for (const Measured& m : model.cases) {
    if (!q.cases->matches(m.problem)) continue;
    if (m.status == Status::wrong || m.status == Status::failed) {
      into.unmeasured.push_back(fmt::format("{} ({}) on {}: {}, not used: {}", m.name, m.backend,
                                            model.name, assay::name(m.status), m.reason));
    } else if (m.status == Status::ok && !m.has_runs()) {
      left_out += m.left_out;
    } else if (m.has_runs() && m.problem.kernel == "stream" && !beyond_caches(m, model)) {
      cached += static_cast<int>(m.runs_ns.size());
    }
  }
  const auto runs_of = [&](int runs) {
    return fmt::format("{} run{} of `{}` on {} {} left out", runs, runs == 1 ? "" : "s",
                       text(*q.cases), model.name, runs == 1 ? "is" : "are");
  };
  if (cached > 0 && q.measure == MeasureKind::best) {
    into.unmeasured.push_back(fmt::format(
        "{}: its caches may hold the arrays, which count from four times the last-level cache ({}) "
        "on{}",
        runs_of(cached), value_text(model.cache_bytes, "B"),
        model.accelerator() ? ", of accelerators from 1 GiB on" : ""));
  }
  if (left_out > 0) {
    into.unmeasured.push_back(
        fmt::format("{}: throttled, above a ceiling, or of repeats that are fewer than {} or "
                    "shorter than 100 us",
                    runs_of(left_out), fewest_repeats));
  }
}

}  // namespace

// Of every split job over accelerators; open where its devices are of fewer vendors than the claim
// speaks of.
QuantityResult Measures::shared(const ClaimQuantity& q) const {
  QuantityResult result;
  for (const SplitRuns& split : evidence_.splits()) {
    if (!q.query().matches(split.problem)) continue;
    Reading reading;
    reading.basis = Basis::runs;
    reading.measured = true;
    reading.condition = problem_name(split.problem);
    reading.note = split.devices;
    reading.left_out = split.left_out;
    reading.few_runs = split.few_runs();
    reading.least_runs = static_cast<int>(split.efficiency.size());
    reading.records = split.files;
    const int vendors = static_cast<int>(split.vendors.size());
    if (vendors < claim_.least_vendors) {
      reading.open = fmt::format("split over {} of {} vendors", vendors, claim_.least_vendors);
    }
    if (!split.efficiency.empty()) {
      const std::vector<std::vector<double>> one = {split.efficiency};
      reading.value = bootstrap_of_medians(one, [](std::span<const double> m) { return m[0]; });
    }
    result.readings.push_back(std::move(reading));
  }
  if (result.readings.empty()) result.unmeasured.push_back(query_text(q));
  return result;
}

QuantityResult Measures::measured(const ClaimQuantity& q) const {
  if (q.measure == MeasureKind::shared) return shared(q);
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
    result.readings.push_back(vendors_of(q, models, evidence_));
    return result;
  }
  if (q.measure == MeasureKind::portability) result = portability_of(q, models);
  for (const DeviceModel* model : models) {
    if (q.measure == MeasureKind::native) {
      const std::string without = without_native(q, *model);
      if (!without.empty()) result.unmeasured.push_back(without);
    }
    add(of_model(q, *model, evidence_), model->name, *model, {}, result);
    for (const DeviceModel* other : others) {
      if (other == model) continue;
      std::vector<Reading> readings = case_measures::suite(q, *model, *other);
      const std::string share = other->share.empty() ? "" : other->name + ": " + other->share;
      add(std::move(readings), model->name + " / " + other->name, *model, share, result);
    }
  }
  if (result.readings.empty() && result.unmeasured.empty()) {
    for (const DeviceModel* model : models) {
      if (!given_of(q, *model).known) result.unmeasured.push_back(needed_text(q, *model));
      note_refusals(q, *model, result);
      note_left_out(q, *model, result);
    }
    if (result.unmeasured.empty()) result.unmeasured.push_back(query_text(q));
  }
  return result;
}

QuantityResult Measures::evaluate(const ClaimQuantity& quantity) const {
  QuantityResult result = evaluated(quantity);
  for (Reading& reading : result.readings) {
    if (reading.unit.empty()) reading.unit = unit_of(quantity);
  }
  return result;
}

QuantityResult Measures::evaluated(const ClaimQuantity& quantity) const {
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
