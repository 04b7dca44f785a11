#include "bench/inventory.hpp"

#include <list>

#include "backends/list.hpp"
#include "bench/worker_client.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

// One worker that was asked something about a backend.
struct Asked {
  std::string backend;
  std::string part;
  std::unique_ptr<WorkerClient> worker;
};

std::vector<const BackendEntry*> wanted(const std::vector<std::string>& names) {
  std::vector<const BackendEntry*> entries;
  if (names.empty()) {
    for (const BackendEntry& entry : backend_list()) entries.push_back(&entry);
  }
  for (const std::string& name : names) {
    const BackendEntry* entry = find_backend(name);
    if (entry == nullptr) {
      std::vector<std::string_view> known;
      for (const BackendEntry& each : backend_list()) known.push_back(each.name);
      throw usage_error(unknown_word("backend", name, known));
    }
    entries.push_back(entry);
  }
  return entries;
}

class Discovery {
 public:
  explicit Discovery(const WorkerSettings& settings) : settings_(settings) {}

  Inventory run(const std::vector<std::string>& backends) {
    std::list<Asked> parts;
    for (const BackendEntry* entry : wanted(backends)) {
      const std::string name(entry->name);
      if (entry->make == nullptr) {
        inventory_.unavailable.push_back({name, std::string(entry->missing)});
      } else {
        start(parts, {name, "", nullptr}, protocol::Parts{name});
      }
    }
    std::list<Asked> devices;
    for (Asked& each : parts) take_parts(each, devices);
    for (Asked& each : devices) take_devices(each);
    return std::move(inventory_);
  }

 private:
  // Starts a worker with its first question, without waiting for anything.
  void start(std::list<Asked>& list, Asked asked, const protocol::Request& question) {
    try {
      asked.worker = std::make_unique<WorkerClient>(settings_, nullptr);
      asked.worker->post(question);
      list.push_back(std::move(asked));
    } catch (const std::runtime_error& error) {
      unavailable(asked.backend, asked.part, error.what());
    }
  }

  void unavailable(const std::string& backend, const std::string& part, const std::string& why) {
    const std::string where = part.empty() ? "" : "part " + part + ": ";
    inventory_.unavailable.push_back({backend, where + why});
  }

  void take_parts(Asked& asked, std::list<Asked>& devices) {
    try {
      asked.worker->greet();
      for (const std::string& part : asked.worker->answer<protocol::Parts>().parts) {
        start(devices, {asked.backend, part, nullptr}, protocol::Devices{asked.backend, part});
      }
      asked.worker->quit();
    } catch (const WorkerFailure& failure) {
      unavailable(asked.backend, asked.part, failure.what());
    }
  }

  void take_devices(Asked& asked) {
    try {
      asked.worker->greet();
      const auto enumeration = asked.worker->answer<protocol::Devices>().enumeration;
      for (const DeviceInfo& info : enumeration.devices) {
        inventory_.devices.push_back({asked.backend, info});
      }
      for (const std::string& reason : enumeration.unavailable) {
        unavailable(asked.backend, asked.part, reason);
      }
      asked.worker->quit();
    } catch (const WorkerFailure& failure) {
      unavailable(asked.backend, asked.part, failure.what());
    }
  }

  const WorkerSettings& settings_;
  Inventory inventory_;
};

}  // namespace

Inventory discover(const std::vector<std::string>& backends, const WorkerSettings& settings) {
  return Discovery(settings).run(backends);
}

}  // namespace assay
