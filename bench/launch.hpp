// One launch of a problem: its cases, each in a worker of its own, measured side by side.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "bench/ceilings/paired.hpp"
#include "bench/plan.hpp"
#include "bench/record.hpp"
#include "bench/worker_client.hpp"

namespace assay {

class StandIns;

// The workers of one launch: one per device and variant, started when first needed.
class WorkerPool {
 public:
  // `silent`: devices whose special instructions aren't tried any more, as told by an earlier launch.
  WorkerPool(const WorkerSettings& settings, const std::atomic<bool>& interrupted,
             std::set<std::string> silent = {})
      : settings_(settings), interrupted_(interrupted), silent_(std::move(silent)) {}

  // WorkerFailure or Error if none can be started.
  [[nodiscard]] WorkerClient& get(const PlannedCase& planned);
  void drop(const PlannedCase& planned);
  // The ceilings that this worker measures; null once they brought it down.
  [[nodiscard]] PairedProbes* probes(const PlannedCase& planned, std::uint64_t seed);
  // The worker failed while it measured ceilings: it measures none any more.
  void drop_probes(const PlannedCase& planned);
  // Lets all of them end in order.
  void quit();
  // Processor time that those running have used.
  [[nodiscard]] double cpu_seconds() const;
  [[nodiscard]] const std::set<std::string>& silent() const { return silent_; }

 private:
  const WorkerSettings& settings_;
  const std::atomic<bool>& interrupted_;
  std::map<std::string, std::unique_ptr<WorkerClient>> workers_;
  std::map<std::string, PairedProbes> probes_;  // of living workers
  std::set<std::string> without_probes_;
  std::set<std::string> silent_;
};

// One case within one launch: what it may cost, and what came of it.
struct Attempt {
  const PlannedCase* planned = nullptr;
  double share_s = 0;     // the case's share of the budget; a case that needs more is skipped
  double sampling_s = 0;  // sampling ends after this, or when the samples lie within 1 %
  bool may_skip = true;   // false once the case has been measured

  Launch launch;  // index and seed are given
  Status status = Status::ok;
  std::string reason;
  std::string detail;
  bool lasting = false;  // failed as it would fail again
  std::string implementation;
  std::string path;             // Prepared::path
  std::int64_t ring_bytes = 0;  // that calls through the whole ring touch
  std::set<std::string> labels;
  double cost_s = 0;  // what it took
};

// Measures the attempts, all of one problem: prepares and checks each, takes their samples in turn,
// checks again. What fails is tried once more in a fresh process, unless it would fail in the same
// way. `stand_ins` measure ceilings that no attempt's device can. Throws Interrupted.
void run_attempts(WorkerPool& pool, StandIns& stand_ins, std::span<Attempt> attempts,
                  const Measure& measure);

}  // namespace assay
