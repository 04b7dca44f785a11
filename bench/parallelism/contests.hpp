// One problem on two devices: which of them needs less time, from which size on, and how sure that is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/ceilings/meter.hpp"
#include "bench/statistics/interval.hpp"

namespace assay {

struct Contest {
  // Of one process of each device; in the next one everything may lie elsewhere in memory.
  struct Visit {
    // Seconds a call, of many that follow each other: the median of samples taken in turns.
    double host_s = 0, accelerator_s = 0;
    // Seconds of a call alone, from its start to its end.
    double host_call_s = 0, accelerator_call_s = 0;
    double transfer_s = 0;  // of activations there and the output back, in copies of their size
  };
  std::string group;  // "matmul f32, m = n = k", "decode, rows of a 4096 x 4096 layer"
  double size = 0;
  std::vector<Visit> visits;
  std::string reason;  // why there are none
};

struct DeviceComparison {
  std::string host, accelerator;  // devices
  bool copies = true;             // to and from the accelerator; a processor needs none
  std::vector<Contest> contests;
};

// The accelerator's time over the host's: median over visits, and the 95 % interval of their
// logarithms, from three visits on. Calls that follow each other, or a call alone with its copies
// against one of the host's. Nothing without visits.
struct TimeRatio {
  double median = 0;
  std::optional<Interval> interval;
  enum class Sooner : std::uint8_t { accelerator, host, unclear };
  // Unclear where the interval reaches within 3 % of the same time, or isn't known.
  [[nodiscard]] Sooner sooner() const;
};
[[nodiscard]] std::optional<TimeRatio> time_ratio(const Contest& contest, bool with_transfers);

// Every problem of every group in several visits, each in new processes where the meters can begin
// anew. A problem that ends a process has a reason instead of figures. `comparison` is filled visit
// by visit: what an exception ends is kept that far.
void measure_contests(Meter& host, Meter& accelerator,
                      const std::function<void(const std::string&)>& progress,
                      DeviceComparison& comparison);

// Where in a group the accelerator begins to need less time.
struct ContestCrossover {
  // The smallest size from which on it surely does at every size measured. Nothing where it doesn't at
  // the largest one.
  std::optional<double> from;
  // Sizes that may be won by either: those between `from` and the next smaller one that the host surely
  // wins; without `from` all of them.
  std::vector<double> unclear;
  std::vector<double> won;  // without `from`: sizes where it surely does nevertheless
};
[[nodiscard]] ContestCrossover crossover(const DeviceComparison& comparison,
                                         const std::string& group, bool with_transfers);

// Of each group: "opencl:0.0 against onednn:0, matmul …", "  kernel only: faster from 512 on …".
[[nodiscard]] std::vector<std::string> contest_lines(const DeviceComparison& comparison);

}  // namespace assay
