// All devices of assay parallelism: their sweeps, pairs of processors and contests, in workers.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "bench/cli/absent.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/parallelism/parallelism.hpp"
#include "bench/worker_client.hpp"

namespace assay {

struct ParallelismResult {
  std::vector<DeviceParallelism> devices;
  std::vector<DeviceComparison> comparisons;
  std::vector<Absent> failed;

  // Whether the reason of any figure that is missing begins so.
  [[nodiscard]] bool any_reason(std::string_view beginning) const;
  // Whatever ended a process is a failure, though the rest was measured.
  [[nodiscard]] bool any_lost() const;
};

// Processors first: the others are compared with the first of them. What ends one device's measurement
// costs only what it hadn't measured yet. Throws Interrupted; `result` then holds what was measured.
void measure_devices(std::vector<KnownDevice> selected, const WorkerSettings& settings,
                     const Interrupt& interrupt, ParallelismResult& result);

}  // namespace assay
