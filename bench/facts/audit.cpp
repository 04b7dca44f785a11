#include "bench/facts/audit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr double fits_within = 0.02;
constexpr double quoted_within = 0.015;  // rounding: 1300 for 1307.4, 2.0 TB/s for 2039 GB/s isn't

bool near(double a, double b, double within) { return std::abs(a / b - 1) <= within; }

PeakCheck check_of(const Fact& peak, const Fact& units, const Fact& clock) {
  PeakCheck check{&peak, &units, &clock, 0, 1, false};
  check.per_clock = *peak.value * 1e12 / (*units.value * 2 * *clock.value * 1e6);
  check.nearest = std::exp2(std::round(std::log2(check.per_clock)));
  check.fits = near(check.per_clock, check.nearest, fits_within);
  return check;
}

// A vector unit's lanes are counted in f32; anything else per compute unit.
std::string units_of(const Fact& peak) {
  return peak.unit == "vector" && peak.dtype == "f32" ? "lanes" : "compute_units";
}

// Bytes of an element; a narrower format runs faster on the same unit.
double width(std::string_view dtype) {
  if (dtype == "f32" || dtype == "tf32") return 4;
  if (dtype == "f16" || dtype == "bf16") return 2;
  if (dtype == "fp8" || dtype == "int8") return 1;
  if (dtype == "int4" || dtype == "fp4") return 0.5;
  return 0;
}

// How a row of the quoted device differs from what was asked for.
std::optional<QuoteMatch> match_of(const Fact& fact, const Quote& quote) {
  if (fact.figure != quote.figure) return std::nullopt;
  if (fact.device != quote.device) return QuoteMatch::other_device;
  if (fact.figure != "peak") {
    return fact.scope == "package" ? QuoteMatch::published : QuoteMatch::other_scope;
  }
  if (fact.dtype != quote.dtype) return QuoteMatch::other_dtype;
  if (fact.unit != quote.unit) return QuoteMatch::other_unit;
  if (fact.sparsity == "sparse") return QuoteMatch::sparse;
  return fact.scope == "package" ? QuoteMatch::published : QuoteMatch::other_scope;
}

// Of another model only the same figure counts, or every number would be somebody's.
bool same_kind(const Fact& fact, const Quote& quote) {
  return fact.figure != "peak" || (fact.dtype == quote.dtype && fact.unit == quote.unit);
}

}  // namespace

std::string_view name(QuoteMatch match) {
  constexpr std::array<std::string_view, 7> names = {
      "the published figure",        "the sparse figure",     "the figure of another unit",
      "the figure of another dtype", "the figure of one die", "the figure of another model",
      "the figure of something else"};
  return names[static_cast<std::size_t>(match)];
}

std::vector<PeakCheck> check_peaks(const FactTable& facts) {
  std::vector<PeakCheck> checks;
  for (const Fact& peak : facts.rows()) {
    if (peak.figure != "peak" || peak.sparsity != "dense" || peak.scope != "package") continue;
    for (const Fact* units : facts.find({peak.device, units_of(peak)})) {
      for (const Fact* clock : facts.find({peak.device, "clock"})) {
        checks.push_back(check_of(peak, *units, *clock));
      }
    }
  }
  return checks;
}

std::vector<QuoteReading> read_quote(const FactTable& facts, const Quote& quote) {
  if (!facts.has_device(quote.device)) {
    const std::vector<std::string> devices = facts.devices();
    const std::vector<std::string_view> known(devices.begin(), devices.end());
    throw usage_error(unknown_word("device", quote.device, known));
  }
  const std::string vendor = std::ranges::find(facts.rows(), quote.device, &Fact::device)->vendor;
  std::vector<QuoteReading> readings;
  for (const Fact& fact : facts.rows()) {
    if (!fact.value || fact.vendor != vendor || !near(*fact.value, quote.value, quoted_within)) {
      continue;
    }
    const auto match = match_of(fact, quote);
    if (!match) continue;
    if (*match == QuoteMatch::other_device && !same_kind(fact, quote)) continue;
    readings.push_back({*match, &fact});
  }
  std::ranges::stable_sort(readings, {}, &QuoteReading::match);
  return readings;
}

std::vector<Contradiction> contradictions(const FactTable& facts) {
  std::vector<Contradiction> found;
  for (const Fact& row : facts.rows()) {
    if (!row.value || row.sparsity == "sparse" || row.scope != "package") continue;
    const bool capacity = row.figure == "memory_bandwidth" || row.figure == "memory_capacity";
    if (row.figure != "peak" && !capacity) continue;
    const Quote quote{row.device, row.figure, row.dtype, row.unit, *row.value};
    for (const QuoteReading& reading : read_quote(facts, quote)) {
      if (reading.fact == &row || reading.fact->status != "ok") continue;
      // Of a row that its source confirms only its own device's sparse twin is a contradiction: two
      // formats, or two models, may well have the same figure.
      if (row.status == "ok" && reading.match != QuoteMatch::sparse) continue;
      const bool narrower = reading.match == QuoteMatch::other_dtype && width(row.dtype) > 0 &&
                            width(reading.fact->dtype) < width(row.dtype) &&
                            reading.fact->unit == row.unit;
      const bool model = reading.match == QuoteMatch::other_device && capacity;
      if (reading.match == QuoteMatch::sparse || narrower || model) {
        found.push_back({&row, reading});
        break;
      }
    }
  }
  return found;
}

}  // namespace assay
