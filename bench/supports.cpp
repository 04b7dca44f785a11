#include <memory>

#include "bench/inventory.hpp"
#include "bench/worker_client.hpp"

namespace assay {

std::vector<Support> supports(const KnownDevice& device, std::span<const Case> cases,
                              const WorkerSettings& settings) {
  std::vector<Support> answers;
  std::unique_ptr<WorkerClient> worker;
  for (const Case& c : cases) {
    const std::string name = case_name({c.problem, device.id(), c.variant});
    try {
      if (worker == nullptr) {
        worker = std::make_unique<WorkerClient>(settings, nullptr);
        worker->greet(device.plugin);
      }
      answers.push_back(worker->ask(protocol::Supports{name}).support);
    } catch (const WorkerFailure& failure) {
      answers.push_back(Support::no(failure.what()));
      worker.reset();
    }
  }
  if (worker != nullptr) worker->quit();
  return answers;
}

}  // namespace assay
