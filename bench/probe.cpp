#include <memory>

#include "bench/inventory.hpp"
#include "bench/worker_client.hpp"

namespace assay {
namespace {

// Drivers that each of so many instructions crashes are not worth more patience.
constexpr int most_workers = 12;
// Compiling for a device at first use.
constexpr double patience_s = 120;

}  // namespace

std::unique_ptr<WorkerClient> start_probed(
    const WorkerSettings& settings, const std::atomic<bool>* interrupted, const std::string& plugin,
    const std::string& device, std::vector<std::pair<std::string, std::string>>* verdicts) {
  for (int i = 0;; ++i) {
    auto worker = std::make_unique<WorkerClient>(settings, interrupted);
    worker->greet(plugin);
    if (i == most_workers) return worker;
    try {
      auto reply = worker->ask(protocol::Probe{device}, patience_s);
      if (verdicts != nullptr) *verdicts = std::move(reply.verdicts);
      return worker;
    } catch (const WorkerFailure& failure) {
      // A device that can't be opened, or a build that doesn't know the question: the first case
      // will say so.
      if (failure.reported()) i = most_workers - 1;
    }
  }
}

std::vector<std::pair<std::string, std::string>> probe(const KnownDevice& device,
                                                       const WorkerSettings& settings) {
  std::vector<std::pair<std::string, std::string>> verdicts;
  start_probed(settings, nullptr, device.plugin, device.id(), &verdicts)->quit();
  return verdicts;
}

}  // namespace assay
