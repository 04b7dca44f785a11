// Choosing the fastest of a device's configurations for a class of problems.
//
// A curated list is tried first, then the neighbours of the best, as long as the budget lasts. Each
// candidate is checked before it is timed, in a worker process; one that is wrong, crashes or hangs is
// out. The fastest few are measured again in turns, with the default among them, so that a lucky
// moment doesn't decide.
#pragma once

#include <functional>
#include <string>

#include "backends/tuning.hpp"
#include "bench/inventory.hpp"

namespace assay {

struct Tuned {
  TuningEntry entry;      // an empty key: the device has no choice for the problem
  double default_ns = 0;  // of a call with what the device chooses without tuning
  int tried = 0;          // candidates that were timed
  int failed = 0;         // that were wrong or broke
  std::string reason;     // why there is no entry
};

// `budget_s` bounds the time; the default and one candidate are measured in any case. `say` is told
// what is being tried.
[[nodiscard]] Tuned tune(const KnownDevice& device, const Problem& problem, double budget_s,
                         const WorkerSettings& settings,
                         const std::function<void(const std::string&)>& say);

// The problems that stand for the classes, of a size that suits the device.
[[nodiscard]] std::vector<Problem> tuning_problems(const DeviceInfo& device);

}  // namespace assay
