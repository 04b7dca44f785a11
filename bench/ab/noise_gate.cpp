#include "bench/ab/noise_gate.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
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

// Of all processors together: user, nice, system, and interrupts.
std::optional<double> busy_seconds(const std::filesystem::path& root) {
  const auto line = first_line(root / "proc/stat");
  const auto columns = line ? words(*line) : std::vector<std::string>{};
  if (columns.size() < 8 || columns[0] != "cpu") return std::nullopt;
  double ticks = 0;
  for (const std::size_t column : {1U, 2U, 3U, 6U, 7U}) {
    const auto value = parse<double>(columns[column]);
    if (!value) return std::nullopt;
    ticks += *value;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
  }
  return seconds;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345" in microseconds.
std::optional<double> pressure_seconds(const std::filesystem::path& root) {
  const auto line = first_line(root / "proc/pressure/cpu");
  if (!line) return std::nullopt;
  const std::size_t at = line->find("total=");
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

MachineMoment machine_moment(double workers_s, const std::filesystem::path& root) {
  MachineMoment moment;
  moment.anchor_ns = anchor_ns();
  moment.steal_s = steal_seconds(root);
  moment.pressure_s = pressure_seconds(root);
  if (const auto busy_s = busy_seconds(root)) {
    moment.others_s = *busy_s - own_seconds() - workers_s;
  }
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
    const auto others = difference(before.others_s, after.others_s);
    if (!others) return fmt::format("processor pressure {:.0f} %", 100 * *pressure / time);
    if (*others > limits.others * time) {
      return fmt::format("processor pressure {:.0f} %, others used {:.0f} % of a processor",
                         100 * *pressure / time, 100 * *others / time);
    }
  }
  const double change = after.anchor_ns / before.anchor_ns;
  if (std::abs(std::log(change)) > std::log1p(limits.anchor)) {
    return fmt::format("anchor changed by x {:.2f}", change);
  }
  return {};
}

}  // namespace assay
