#include <memory>

#include "bench/inventory.hpp"
#include "bench/worker_client.hpp"

namespace assay {
namespace {

// Drivers that each of so many instructions crashes are not worth more patience.
constexpr int most_workers = 12;
// A question that opens the device, whatever the answer.
constexpr const char* any_case = "matmul/dtype:f32/m:1/n:1/k:1@";

}  // namespace

ProbedWorker start_probed(const WorkerSettings& settings, const std::atomic<bool>* interrupted,
                          const std::string& plugin, const std::string& device) {
  ProbedWorker result;
  for (int i = 0;; ++i) {
    result.worker = start_worker(settings, interrupted, plugin);
    if (i == most_workers) return result;
    try {
      // Opens the device, which has an answer's time and no more. What ends the worker here would do
      // so in every other one.
      (void)result.worker->ask(protocol::Supports{any_case + device});
    } catch (const WorkerFailure& failure) {
      if (!failure.reported()) throw;
      i = most_workers - 1;
      continue;
    }
    try {
      result.verdicts =
          result.worker->ask(protocol::Probe{device}, settings.probe_extra_s).verdicts;
      return result;
    } catch (const WorkerFailure& failure) {
      // A build that doesn't know the question, or a trial that hangs, as it would the next time.
      result.silent = failure.silent();
      if (failure.reported() || result.silent) i = most_workers - 1;
    }
  }
}

std::unique_ptr<WorkerClient> start_worker(const WorkerSettings& settings,
                                           const std::atomic<bool>* interrupted,
                                           const std::string& plugin) {
  auto worker = std::make_unique<WorkerClient>(settings, interrupted);
  worker->greet(plugin);
  return worker;
}

std::vector<std::pair<std::string, std::string>> probe(const KnownDevice& device,
                                                       const WorkerSettings& settings) {
  try {
    ProbedWorker probed = start_probed(settings, nullptr, device.plugin, device.id());
    probed.worker->quit();
    return std::move(probed.verdicts);
  } catch (const WorkerFailure& failure) {
    return {{"opening it", failure.what()}};
  }
}

}  // namespace assay
