// All that is found out about one device's parallelism, and two devices side by side.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/parallelism/contests.hpp"
#include "bench/parallelism/siblings.hpp"
#include "bench/parallelism/sweep.hpp"

namespace assay {

// Two logical processors and what their samples say.
struct SiblingPair {
  std::int64_t first = 0, second = 1;
  std::optional<bool>
      reported;  // whether the system calls them one core's; nothing: it doesn't say
  Siblings siblings;
  std::vector<double> speed_ups;     // of all visits, in order of time
  std::vector<std::int64_t> visits;  // samples of each: before, between and behind the sweeps
  std::string reason;                // why a visit has none: its process ended
};

struct DeviceParallelism {
  std::string device;
  std::string device_name;
  std::string hardware;
  bool cpu = false;
  std::int64_t compute_units = 0;  // as reported
  std::optional<double> clock_hz;  // observed; nothing where that isn't known
  double reported_hz = 0;          // the most that the driver says; 0 where it doesn't
  // Observed, else reported; 0 where neither is known.
  [[nodiscard]] double hertz() const { return clock_hz.value_or(reported_hz); }
  std::string topology;  // as reported: packages, cores, threads
  std::vector<Sweep> sweeps;
  std::vector<SiblingPair> pairs;
  bool pairs_sought = false;  // onednn's threads tell, other runtimes don't say where theirs are
  std::int64_t pairs_there_are = 0;  // of allowed processors; not all of them are tried
  std::vector<std::string>
      lost;               // "dispatch of a call: not available: signal 11", "clock: wrong: …"
  double dispatch_s = 0;  // from the start of the smallest call to its end
  Meter::Rates transfer;

  [[nodiscard]] const Sweep* find(const std::string& variable, SweepBound bound) const;
  // The largest median of a sweep; 0 without points.
  [[nodiscard]] double most(const std::string& variable, SweepBound bound) const;
};

// Sweeps, clock, dispatch latency, copies. `progress` is told what comes next. What ends the meter's
// process costs only the point, or the figure, that was being measured. `result` is filled as
// they are done: what an exception ends is kept that far.
void measure_parallelism(Meter& meter, const KnownDevice& device,
                         const std::function<void(const std::string&)>& progress,
                         DeviceParallelism& result);

// The knee of a sweep: over units without numbers that leave some idle, not outside the points.
// Nothing where fit_knee() finds none, or one that is 10 % (root mean square) off the points.
[[nodiscard]] std::optional<Knee> knee_of(const DeviceParallelism& device, const Sweep& sweep);
// The universal scalability law of a sweep over units, up to the reported ones. Nothing where
// fit_scalability() has too few points, or where it is 5 % (root mean square) off them.
[[nodiscard]] std::optional<Scalability> law_of(const DeviceParallelism& device,
                                                const Sweep& sweep);

// What the sweeps say in plain words, a line each; numbers that can't be fitted are given raw.
[[nodiscard]] std::vector<std::string> reading(const DeviceParallelism& device);

// Lanes, clock, arithmetic, bandwidth, dispatch latency of both, their ratios, who wins from where.
[[nodiscard]] std::vector<std::string> comparison_text(const DeviceParallelism& host,
                                                       const DeviceParallelism& accelerator,
                                                       const DeviceComparison& comparison);

}  // namespace assay
