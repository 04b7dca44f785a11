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
  std::vector<double> speed_ups;
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
  double dispatch_s = 0;  // from the start of the smallest call to its end
  Meter::Rates transfer;

  [[nodiscard]] const Sweep* find(const std::string& variable, bool memory) const;
  // The largest median of a sweep; 0 without points.
  [[nodiscard]] double most(const std::string& variable, bool memory) const;
};

// Sweeps, clock, dispatch latency, copies. `progress` is told what comes next.
[[nodiscard]] DeviceParallelism measure_parallelism(
    Meter& meter, const KnownDevice& device,
    const std::function<void(const std::string&)>& progress);

// What the sweeps say in plain words, a line each; numbers that can't be fitted are given raw.
[[nodiscard]] std::vector<std::string> reading(const DeviceParallelism& device);

// One problem on two devices: seconds a call.
struct Contest {
  std::string group;  // "matmul f32, m = n = k", "decode, rows of a 4096 x 4096 layer"
  double size = 0;
  double host_s = 0, accelerator_s = 0;  // 0: couldn't be measured, see reason
  double transfer_s = 0;                 // of activations and output, there and back
  std::string reason;
};
struct Comparison {
  std::string host, accelerator;  // devices
  std::vector<Contest> contests;
};
[[nodiscard]] Comparison measure_contests(Meter& host, const DeviceParallelism& host_device,
                                          Meter& accelerator,
                                          const DeviceParallelism& accelerator_device,
                                          const std::function<void(const std::string&)>& progress);

// The smallest size of the group from which on the accelerator needs less time at every size
// measured; nothing where it never does.
[[nodiscard]] std::optional<double> wins_from(const Comparison& comparison,
                                              const std::string& group, bool with_transfers);

// Lanes, clock, arithmetic, bandwidth, dispatch latency of both, their ratios, who wins from where.
[[nodiscard]] std::vector<std::string> comparison_text(const DeviceParallelism& host,
                                                       const DeviceParallelism& accelerator,
                                                       const Comparison& comparison);

}  // namespace assay
