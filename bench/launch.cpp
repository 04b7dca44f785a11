#include "bench/launch.hpp"

#include <utility>
#include <vector>

#include "bench/ceilings/block.hpp"
#include "bench/launch_stages.hpp"

namespace assay {
namespace {

// `beside`: those that were measured before, as far as they are ok.
void run_once(WorkerPool& pool, StandIns& stand_ins, std::span<Attempt* const> attempts,
              std::span<Attempt* const> beside, const Measure& measure) {
  std::vector<Stages> stages;
  for (Attempt* attempt : attempts) stages.emplace_back(pool, *attempt, measure);
  for (Stages& each : stages) each.setup();
  std::vector<Attempt*> running;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].running()) running.push_back(attempts[i]);
  }
  CeilingBlock ceilings(pool, stand_ins, measure.ceilings ? running : std::vector<Attempt*>(),
                        measure.min_time_s);
  for (bool more = true; more;) {
    more = false;
    ceilings.sample();
    for (Stages& each : stages) {
      if (!each.wants_samples()) continue;
      each.take_samples();
      more = true;
    }
  }
  ceilings.sample_last();
  for (Stages& each : stages) each.take_energy();
  for (Stages& each : stages) {
    if (each.running()) each.finish();
  }
  ceilings.finish(beside);
}

// As new, but for what it has cost.
void reset(Attempt& attempt) {
  Launch launch;
  launch.index = attempt.launch.index;
  launch.seed = attempt.launch.seed;
  attempt.launch = launch;
  attempt.status = Status::ok;
  attempt.reason.clear();
  attempt.detail.clear();
  attempt.labels.clear();
}

}  // namespace

WorkerClient& WorkerPool::get(const PlannedCase& planned) {
  auto& worker = workers_[planned.c.device + "+" + planned.c.variant];
  if (!worker) {
    const std::string& plugin = planned.device.plugin;
    if (silent_.contains(planned.c.device)) {
      worker = start_worker(settings_, &interrupted_, plugin);
    } else {
      ProbedWorker probed = start_probed(settings_, &interrupted_, plugin, planned.c.device);
      worker = std::move(probed.worker);
      if (probed.silent) silent_.insert(planned.c.device);
    }
  }
  return *worker;
}

void WorkerPool::drop(const PlannedCase& planned) {
  probes_.erase(planned.c.device + "+" + planned.c.variant);
  workers_.erase(planned.c.device + "+" + planned.c.variant);
}

PairedProbes* WorkerPool::probes(const PlannedCase& planned, std::uint64_t seed) {
  const std::string key = planned.c.device + "+" + planned.c.variant;
  if (without_probes_.contains(key)) return nullptr;
  WorkerClient& worker = get(planned);
  return &probes_.try_emplace(key, worker, planned.device, seed).first->second;
}

void WorkerPool::drop_probes(const PlannedCase& planned) {
  without_probes_.insert(planned.c.device + "+" + planned.c.variant);
  drop(planned);
}

void WorkerPool::quit() {
  probes_.clear();
  for (auto& [key, worker] : workers_) {
    if (worker) worker->quit();
  }
  workers_.clear();
}

double WorkerPool::cpu_seconds() const {
  double seconds = 0;
  for (const auto& [key, worker] : workers_) seconds += worker ? worker->cpu_seconds() : 0;
  return seconds;
}

void run_attempts(WorkerPool& pool, StandIns& stand_ins, std::span<Attempt> attempts,
                  const Measure& measure) {
  std::vector<Attempt*> all;
  for (Attempt& attempt : attempts) all.push_back(&attempt);
  run_once(pool, stand_ins, all, {}, measure);
  std::vector<Attempt*> again;
  std::vector<Attempt*> settled;
  for (Attempt* attempt : all) {
    const bool once_more = attempt->status == Status::failed && !attempt->lasting;
    if (once_more) reset(*attempt);
    (once_more ? again : settled).push_back(attempt);
  }
  if (again.empty()) return;
  stand_ins.quit();  // the memory that they hold may be what the cases lacked
  run_once(pool, stand_ins, again, settled, measure);
}

}  // namespace assay
