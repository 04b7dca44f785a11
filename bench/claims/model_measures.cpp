#include "bench/claims/model_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bench/model/estimate.hpp"

namespace assay {
namespace {

ModelEstimate estimate_of(const std::string& name, const DeviceModel& model,
                          const std::string& weights) {
  EstimateOptions options;
  options.weights = weights;
  if (weights == "f16" || weights == "bf16") options.dtype = weights;
  return estimate_model(find_model(name), model, options);
}

double bytes_of(const ModelEstimate& estimate) { return estimate.weight_bytes + estimate.kv_bytes; }

// The largest of the models that the device holds in some of these weights, by what its driver says.
std::string sized(const ClaimQuantity& q, const DeviceModel& model,
                  const std::vector<std::string>& weights) {
  if (!(model.memory_bytes > 0)) return q.model;
  std::string name = q.model;
  for (const std::string& smaller : q.smaller) {
    const bool fits = std::ranges::any_of(weights, [&](const std::string& each) {
      return bytes_of(estimate_of(name, model, each)) <= model.memory_bytes;
    });
    if (fits) break;
    name = smaller;
  }
  return name;
}

}  // namespace

Reading exact(double value, const std::string& note) {
  Reading reading;
  reading.value = {value, value, value};
  reading.note = note;
  return reading;
}

Given given_of(const ClaimQuantity& q, const DeviceModel& model) {
  const bool power = q.per == "watt" || q.value == "joule";
  if (!power && q.per != "price") return {};
  const std::optional<double>& value = power ? model.watts : model.price;
  if (!value) return {false, 1, {}};
  return {true, *value,
          power ? fmt::format("{}: {:g} W", model.name, *value)
                : fmt::format("{}: price {:g}", model.name, *value)};
}

std::vector<Reading> memory_of(const DeviceModel& model) {
  constexpr double near_label = 0.9;
  double verified = model.verified_bytes;
  std::set<std::string> files = model.capacity_files;
  for (const Measured& m : model.cases) {
    if (m.problem.kernel != "stream" || !m.has_times()) continue;
    const auto bytes = static_cast<double>(m.problem.bytes());
    if (bytes > verified) files = m.files;
    verified = std::max(verified, bytes);
  }
  if (verified > 0 && verified >= near_label * model.memory_bytes) {
    Reading reading = exact(verified, "largest verified working set");
    reading.basis = Basis::counted;
    reading.records = files;
    return {reading};
  }
  if (!(model.memory_bytes > 0)) return {};
  Reading reading = exact(model.memory_bytes, "as the driver says");
  reading.basis = Basis::label;
  reading.open = fmt::format(
      "capacity not exercised: {:.3g} of {:.3g} GB written and verified (assay capacity does)",
      verified * 1e-9, model.memory_bytes * 1e-9);
  return {reading};
}

std::vector<Reading> tokens_of(const ClaimQuantity& q, const DeviceModel& model) {
  const Given given = given_of(q, model);
  if (!given.known) return {};
  const std::string name = sized(q, model, {q.weights});
  const ModelEstimate estimate = estimate_of(name, model, q.weights);
  const PhaseEstimate& decode = estimate.decode;
  if (!decode.known) return {};
  Reading reading;
  reading.value = decode.tokens_per_second;
  reading.measured = !decode.records.empty();  // ceilings alone are a bound, whatever their runs
  reading.basis = Basis::runs;
  reading.least_runs = decode.least_runs;
  reading.few_runs = decode.few_runs;
  reading.boards = decode.boards;
  reading.records = decode.records;
  if (decode.bound) {
    reading.value.low = 0;
    reading.note = "an upper bound";
  } else if (decode.measured_share < 1) {
    reading.open = "an estimate: not every kernel was measured at the model's sizes";
  }
  reading.given = given.text;
  const Estimate speed = reading.value;
  if (q.value == "joule") {
    // Of too few tokens a second it takes more: the ends change places.
    reading.value = {
        given.divisor / speed.value, given.divisor / speed.high,
        speed.low > 0 ? given.divisor / speed.low : std::numeric_limits<double>::infinity()};
    if (decode.bound) reading.note = "a lower bound: of speed an upper one is known";
  } else {
    reading.value = {speed.value / given.divisor, speed.low / given.divisor,
                     speed.high / given.divisor};
  }
  if (!q.smaller.empty()) reading.note = name + (reading.note.empty() ? "" : ", " + reading.note);
  return {reading};
}

std::vector<Reading> fit_of(const ClaimQuantity& q, const DeviceModel& model) {
  std::vector<Reading> readings;
  if (!(model.memory_bytes > 0)) return readings;
  const std::string name = sized(q, model, q.to);
  for (const std::string& weights : q.to) {
    readings.push_back(exact(bytes_of(estimate_of(name, model, weights)) / model.memory_bytes,
                             "weights and cache of " + name + " over the device's memory"));
    readings.back().basis = Basis::label;  // bytes of the model are counted, the memory's are said
    readings.back().condition = "weights:" + weights;
  }
  return readings;
}

}  // namespace assay
