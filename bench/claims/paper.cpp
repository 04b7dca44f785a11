// Quantities that published figures give.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "bench/claims/measures.hpp"
#include "bench/claims/model_measures.hpp"

namespace assay {
namespace {

// Days since 1970 of YYYY[-MM[-DD]], which is a date: a part that is left out is its first.
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

}  // namespace

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
  if (q.measure == MeasureKind::fact && !unit.empty()) reading.unit = unit.substr(1);
  // Every value that sources give for the same figure.
  if (fact->status == "disputed" && q.measure == MeasureKind::fact) {
    for (const Fact* other : evidence_.facts().find(q.fact)) {
      if (other->status != "disputed" || !other->value) continue;
      reading.value.low = std::min(reading.value.low, *other->value);
      reading.value.high = std::max(reading.value.high, *other->value);
    }
  }
  if (fact->status == "unverified") {
    reading.open = "the figure is unverified: no verdict rests on it";
  }
  reading.records.insert(evidence_.facts().path() + ":" + std::to_string(fact->line));
  result.readings.push_back(std::move(reading));
  return result;
}

}  // namespace assay
