#include "bench/claims/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace assay {
namespace {

// Three digits that count; whole numbers as they are.
std::string digits(double value) {
  if (std::isinf(value)) return value > 0 ? "no bound" : "-no bound";
  if (std::abs(value) >= 1000 || value == std::round(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

struct Scale {
  double factor = 1;
  std::string unit;
};

// Base units that take a prefix.
Scale scale_of(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 6> scaled = {"FLOP/s", "OP/s",   "B/s",
                                                      "B",      "FLOP/J", "B/J"};
  const bool prices = unit.ends_with(" for each unit of price");
  if (unit == "s") {
    constexpr std::array<std::pair<double, const char*>, 4> times = {
        {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
    for (const auto& [factor, name] : times) {
      if (value >= factor) return {factor, name};
    }
    return {1e-9, "ns"};
  }
  if (!prices && std::ranges::find(scaled, unit) == scaled.end()) return {1, std::string(unit)};
  constexpr std::array<std::pair<double, const char*>, 5> prefixes = {
      {{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const auto& [factor, prefix] : prefixes) {
    if (value >= factor) return {factor, prefix + std::string(unit)};
  }
  return {1, std::string(unit)};
}

std::string with_unit(const std::string& number, std::string_view unit) {
  if (unit.empty()) return number;
  return number + (unit == "x" ? "" : " ") + std::string(unit);
}

std::string rate_unit(const ClaimQuantity& q) {
  const std::string work = q.measure == MeasureKind::tokens ? "tokens"
                           : q.value == "bytes"             ? "B"
                                                            : "FLOP";
  if (q.per == "watt") return work + "/J";
  return work + "/s" + (q.per == "price" ? " for each unit of price" : "");
}

}  // namespace

std::string unit_of(const ClaimQuantity& q) {
  switch (q.measure) {
    case MeasureKind::best:
      if (q.value == "time") return "s";
      return q.value == "lanes" ? "lanes" : rate_unit(q);
    case MeasureKind::tokens:
      return q.value == "joule" ? "J/token" : rate_unit(q);
    case MeasureKind::variant:
      return q.value == "error" ? "of the bound" : "x";
    case MeasureKind::coverage:
      return "share";
    case MeasureKind::vendors:
      return "vendors";
    case MeasureKind::memory:
      return "B";
    case MeasureKind::days:
      return "days";
    case MeasureKind::elasticity:
    case MeasureKind::fact:
      return {};
    default:
      return "x";
  }
}

std::string value_text(double value, std::string_view unit) {
  if (unit == "days") {
    return fmt::format("{:.0f} days {} the claim", std::abs(value), value < 0 ? "before" : "after");
  }
  if (unit == "share") return digits(100 * value) + " %";
  const Scale scale = scale_of(value, unit);
  return with_unit(digits(value / scale.factor), scale.unit);
}

std::string value_text(const Estimate& value, const Estimate& interval, std::string_view unit) {
  if (interval.low == interval.high) return value_text(value.value, unit);
  if (unit == "share") {
    return fmt::format("{} % [{}, {}]", digits(100 * value.value), digits(100 * interval.low),
                       digits(100 * interval.high));
  }
  const Scale scale = scale_of(value.value, unit);
  const std::string ends = fmt::format("[{}, {}]", digits(interval.low / scale.factor),
                                       digits(interval.high / scale.factor));
  const std::string number = digits(value.value / scale.factor);
  return unit == "x" ? number + "x " + ends : with_unit(number + " " + ends, scale.unit);
}

}  // namespace assay
