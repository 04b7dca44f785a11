#include "bench/ab/noise_gate.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "bench/machine.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<double> steal_seconds(const std::filesystem::path& root) {
  const auto line = first_line(root / "proc/stat");
  const auto columns = line ? words(*line) : std::vector<std::string>{};
  if (columns.size() < 9 || columns[0] != "cpu") return std::nullopt;
  const auto ticks = parse<double>(columns[8]);
  return ticks ? std::optional(*ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))) : std::nullopt;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345" in microseconds.
std::optional<double> pressure_seconds(const std::filesystem::path& root) {
  const auto line = first_line(root / "proc/pressure/cpu");
  const std::size_t at = line ? line->find("total=") : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const auto total = parse<double>(std::string_view(*line).substr(at + 6));
  return total ? std::optional(*total * 1e-6) : std::nullopt;
}

std::optional<double> difference(const std::optional<double>& before,
                                 const std::optional<double>& after) {
  return before && after ? std::optional(*after - *before) : std::nullopt;
}

}  // namespace

GateLimits GateLimits::none() {
  constexpr double never = std::numeric_limits<double>::infinity();
  return {.steal = never, .throttled = never, .pressure = never, .anchor = never};
}

double anchor_ns() {
  double best = 0;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto before = Clock::now();
    volatile double start = 1.0 + repeat;
    double value = start;
    for (int i = 0; i < 50000; ++i) value = value * 0.999999 + 0.5;
    volatile double sink = value;
    (void)sink;
    const double ns = std::chrono::duration<double, std::nano>(Clock::now() - before).count();
    best = repeat == 0 ? ns : std::min(best, ns);
  }
  return best;
}

MachineMoment machine_moment(const std::filesystem::path& root) {
  MachineMoment moment;
  moment.anchor_ns = anchor_ns();
  moment.steal_s = steal_seconds(root);
  moment.pressure_s = pressure_seconds(root);
  if (const auto throttled = limit_facts(root)["throttled_periods"]; throttled.is_number()) {
    moment.throttled_periods = throttled.get<double>();
  }
  moment.time_s = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
  return moment;
}

std::string disturbed(const MachineMoment& before, const MachineMoment& after,
                      const GateLimits& limits) {
  const double time = after.time_s - before.time_s;
  if (const auto steal = difference(before.steal_s, after.steal_s);
      steal && *steal > limits.steal * time) {
    return fmt::format("steal {:.0f} %", 100 * *steal / time);
  }
  if (const auto periods = difference(before.throttled_periods, after.throttled_periods);
      periods && *periods > limits.throttled) {
    return fmt::format("throttled in {:.0f} periods", *periods);
  }
  if (const auto pressure = difference(before.pressure_s, after.pressure_s);
      pressure && *pressure > limits.pressure * time) {
    return fmt::format("processor pressure {:.0f} %", 100 * *pressure / time);
  }
  const double change = after.anchor_ns / before.anchor_ns;
  if (std::abs(std::log(change)) > std::log1p(limits.anchor)) {
    return fmt::format("anchor changed by x {:.2f}", change);
  }
  return {};
}

}  // namespace assay
