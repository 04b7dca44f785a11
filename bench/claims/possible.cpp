#include "bench/claims/possible.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

struct Roof {
  double value = 0;
  bool disputed = false;
};

std::string fact_dtype(const std::string& dtype) {
  return dtype == "s8" || dtype == "u8" ? "int8" : dtype;
}

bool on_record(const Fact& fact) {
  return fact.value && (fact.status == "ok" || fact.status == "disputed");
}

// The highest of the rows: where sources differ, the ceiling is what the boldest says.
Roof highest(const std::vector<const Fact*>& rows) {
  Roof roof;
  for (const Fact* fact : rows) {
    if (!on_record(*fact)) continue;
    roof.value = std::max(roof.value, *fact->value);
    roof.disputed = roof.disputed || fact->status == "disputed";
  }
  return roof;
}

// Chains of multiply-adds say which unit they use; whole kernels may use either.
Roof peak_of(const Problem& problem, const std::string& device, const FactTable& facts) {
  std::vector<std::string> units = {"matrix", "vector"};
  if (problem.kernel == "alu") {
    units = {key_text(problem, "path") == "matrix" ? "matrix" : "vector"};
  }
  Roof roof;
  for (const std::string& unit : units) {
    const Roof one = highest(
        facts.find({device, "peak", fact_dtype(key_text(problem, "dtype")), unit, "dense"}));
    if (one.value > roof.value) roof = one;
  }
  return roof;
}

}  // namespace

bool beyond_caches(const Measured& m, const DeviceModel& model) {
  constexpr double largest = 1024.0 * 1024 * 1024;
  const double four = 4 * model.cache_bytes;
  const double least = model.accelerator() || four == 0 ? std::max(four, largest) : four;
  // As asked for: arrays are whole elements, and a third of a power of two isn't.
  const std::string asked = key_text(m.problem, "bytes");
  return !asked.empty() && std::stod(asked) >= least;
}

void hold_against_facts(Measured& m, const DeviceModel& model, const FactTable& facts) {
  m.invalid.clear();
  m.disputed.clear();
  if (model.fact.empty() || !m.has_runs()) return;
  const double seconds = median(m.runs_ns) * 1e-9;
  const auto hold = [&](double reached, const Roof& roof, const char* what, const char* unit) {
    if (!(roof.value > 0)) return;
    const char* disputed = roof.disputed ? " (the highest of disputed figures)" : "";
    if (reached > roof.value) {
      m.invalid = fmt::format(
          "{:.4g} {} is above the {} on record, {:.4g}{}: wrong clock, cached data or skipped work",
          reached, unit, what, roof.value, disputed);
    }
    if (roof.disputed) m.disputed = fmt::format("{} on record disputed", what);
  };
  if (m.problem.kernel != "stream" && key_text(m.problem, "path") != "add") {
    hold(m.work.flops / seconds * 1e-12, peak_of(m.problem, model.fact, facts), "dense peak",
         "TFLOP/s");
  }
  if (m.problem.kernel == "stream" && beyond_caches(m, model)) {
    hold((m.work.bytes_read + m.work.bytes_written) / seconds * 1e-9,
         highest(facts.find({model.fact, "memory_bandwidth"})), "bandwidth", "GB/s");
  }
}

bool has_matrix_units(const DeviceModel& model, const FactTable& facts) {
  const bool published =
      !model.fact.empty() && std::ranges::any_of(facts.rows(), [&](const Fact& fact) {
        return fact.device == model.fact && fact.figure == "peak" && fact.unit == "matrix" &&
               on_record(fact);
      });
  return published || std::ranges::any_of(model.cases, [](const Measured& m) {
           return m.status == Status::ok && key_text(m.problem, "path") == "matrix";
         });
}

}  // namespace assay
