// Runs a plan: launches of fresh workers in random order, one worker per device, samples of the
// devices interleaved problem by problem.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "bench/plan.hpp"
#include "bench/record.hpp"

namespace assay {

// Told what happens while it happens; never on a hot path. Called from one thread.
class Observer {
 public:
  virtual ~Observer() = default;
  // `done` of `total` case launches are over; `next` is about to run.
  virtual void progress(std::size_t /*done*/, std::size_t /*total*/, const Case& /*next*/,
                        double /*eta_s*/) {}
  // A case has all its launches: the record is final.
  virtual void finished(const Record& /*record*/) {}
};

// One record per planned case, in the plan's order. `interrupted` (set by a signal handler) stops
// within a second: workers are killed, the records hold what was measured, and cases never
// measured are left out.
[[nodiscard]] std::vector<Record> run(const Plan& plan, Observer& observer,
                                      const std::atomic<bool>& interrupted);

}  // namespace assay
