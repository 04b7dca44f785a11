#include "bench/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "kernels/error.hpp"

namespace assay {
namespace {

[[noreturn]] void reject(std::string_view what, std::string_view text, const std::string& wanted) {
  throw usage_error(std::string(what) + " '" + std::string(text.substr(0, 100)) + "' must be " +
                    wanted);
}

// A finite number at the start of `text`, which is shortened by it; nothing if there is none.
bool take_number(std::string_view& text, double& value) {
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || !std::isfinite(value)) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

}  // namespace

double parse_duration_s(std::string_view what, std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr std::array units = {Unit{"", 1},      Unit{"s", 1},      Unit{"ms", 1e-3},
                                Unit{"us", 1e-6}, Unit{"min", 60.0}, Unit{"m", 60.0},
                                Unit{"h", 3600.0}};
  std::string_view rest = text;
  double value = 0;
  if (take_number(rest, value) && value > 0) {
    for (const Unit& unit : units) {
      if (rest == unit.name && value * unit.seconds <= 1e6) return value * unit.seconds;
    }
  }
  reject(what, text, "a time such as 15s, 20ms or 2min, more than 0 and up to 1e6 s");
}

std::int64_t parse_integer(std::string_view what, std::string_view text, std::int64_t low,
                           std::int64_t high) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end || value < low || value > high) {
    reject(what, text, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

double parse_fraction(std::string_view what, std::string_view text) {
  std::string_view rest = text;
  double value = 0;
  if (take_number(rest, value)) {
    if (rest == "%") value /= 100;
    if ((rest.empty() || rest == "%") && value > 0 && value <= 1) return value;
  }
  reject(what, text, "a fraction such as 0.05 or 5%, more than 0 and at most 1");
}

double parse_positive(std::string_view what, std::string_view text) {
  std::string_view rest = text;
  double value = 0;
  if (take_number(rest, value) && rest.empty() && value > 0 && value <= 1e15) return value;
  reject(what, text, "a number of more than 0 and up to 1e15");
}

Launches parse_launches(std::string_view what, std::string_view text) {
  constexpr std::int64_t most = 1000;
  const std::size_t dots = text.find("..");
  const auto part = [&](std::string_view number) {
    return static_cast<int>(parse_integer(what, number, 1, most));
  };
  if (dots == std::string_view::npos) return {part(text), part(text)};
  const Launches launches = {part(text.substr(0, dots)), part(text.substr(dots + 2))};
  if (launches.least > launches.most) reject(what, text, "MIN..MAX with MIN up to MAX");
  return launches;
}

}  // namespace assay
