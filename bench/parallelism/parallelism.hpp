// All that is found out about one device's parallelism, and two devices side by side.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/parallelism/siblings.hpp"
#include "bench/parallelism/sweep.hpp"

namespace assay {

// Two logical processors and what their samples say.
struct SiblingPair {
  std::int64_t first = 0, second = 1;
  Siblings siblings;
  std::vector<double> speed_ups;     // of all visits, in order of time
  std::vector<std::int64_t> visits;  // samples of each: before, between and behind the sweeps
};

struct DeviceParallelism {
  std::string device;
  std::string device_name;
  std::string hardware;
  bool cpu = false;
  std::int64_t compute_units = 0;  // as reported
  std::optional<double> clock_hz;  // observed; nothing where that isn't known
  std::string topology;            // as reported: packages, cores, threads
  std::vector<Sweep> sweeps;
  std::vector<SiblingPair> pairs;
  std::int64_t pairs_there_are = 0;  // of allowed processors; not all of them are tried
  double dispatch_s = 0;             // from the start of the smallest call to its end
  Meter::Rates transfer;

  [[nodiscard]] const Sweep* find(const std::string& variable, bool memory) const;
  // The largest median of a sweep; 0 without points.
  [[nodiscard]] double most(const std::string& variable, bool memory) const;
};

// Sweeps, clock, dispatch latency, copies. `progress` is told what comes next. `result` is filled as
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

// One problem on two devices, in turns.
struct Contest {
  std::string group;  // "matmul f32, m = n = k", "decode, rows of a 4096 x 4096 layer"
  double size = 0;
  // Seconds a call, of many that follow each other; 0: couldn't be measured, see reason.
  double host_s = 0, accelerator_s = 0;
  // Seconds of a call alone, from its start to its end.
  double host_call_s = 0, accelerator_call_s = 0;
  double transfer_s = 0;  // of activations there and the output back, in copies of their size
  std::string reason;
};
struct DeviceComparison {
  std::string host, accelerator;  // devices
  std::vector<Contest> contests;
};
[[nodiscard]] DeviceComparison measure_contests(
    Meter& host, const DeviceParallelism& host_device, Meter& accelerator,
    const DeviceParallelism& accelerator_device,
    const std::function<void(const std::string&)>& progress);

// The smallest size of the group from which on the accelerator needs less time at every size
// measured, by more than 3 %: calls that follow each other, or a call alone with its copies against
// one of the host's. Nothing where it never does.
[[nodiscard]] std::optional<double> wins_from(const DeviceComparison& comparison,
                                              const std::string& group, bool with_transfers);

// Lanes, clock, arithmetic, bandwidth, dispatch latency of both, their ratios, who wins from where.
[[nodiscard]] std::vector<std::string> comparison_text(const DeviceParallelism& host,
                                                       const DeviceParallelism& accelerator,
                                                       const DeviceComparison& comparison);

}  // namespace assay
