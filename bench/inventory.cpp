#include "bench/inventory.hpp"

#include <algorithm>
#include <list>

#include "backends/list.hpp"
#include "bench/worker_client.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

// More drivers than a machine has; and workers that ask parts at the same time.
constexpr std::size_t most_parts = 64;
constexpr std::size_t most_at_once = 16;

// One worker that was asked something about a backend.
struct Asked {
  std::string backend;  // of a plugin, once it is loaded
  std::string part;
  std::string plugin;  // its file; empty: built in
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
  Discovery(const WorkerSettings& settings, const std::atomic<bool>* interrupted)
      : settings_(settings), interrupted_(interrupted) {}

  // Starts asking; finish() waits for the answers.
  void built_in(const std::vector<std::string>& backends) {
    for (const BackendEntry* entry : wanted(backends)) {
      const std::string name(entry->name);
      if (entry->make != nullptr) {
        Asked asked{name, "", "", nullptr};
        const auto questions = first_questions(asked);
        start(parts_, std::move(asked), questions);
      } else {
        missing_.push_back({name, std::string(entry->missing)});
      }
    }
  }
  void plugins() {
    for (const std::string& file : settings_.plugins) {
      Asked asked{"plugin", "", file, nullptr};
      const auto questions = first_questions(asked);
      start(parts_, std::move(asked), questions);
    }
  }

  Inventory finish() {
    for (Asked& each : parts_) {
      take_parts(each);
      start_waiting();
    }
    for (; !devices_.empty(); start_waiting()) {
      take_devices(devices_.front());
      devices_.pop_front();
    }
    for (const auto& [name, file] : loaded_) {
      if (!has_shown(file))
        unavailable({name, "", file, nullptr}, "gave neither a device nor a reason", true);
    }
    // What isn't built in may have come as a plugin.
    for (Unavailable& each : missing_) {
      if (std::ranges::find(inventory_.plugins, each.backend) == inventory_.plugins.end()) {
        inventory_.unavailable.push_back(std::move(each));
      }
    }
    return std::move(inventory_);
  }

 private:
  void ask(Asked& asked, const std::vector<protocol::Request>& questions) const {
    asked.worker = std::make_unique<WorkerClient>(settings_, interrupted_);
    for (const protocol::Request& question : questions) asked.worker->post(question);
  }
  // Starts a worker with its first questions, without waiting for anything.
  void start(std::list<Asked>& list, Asked asked, const std::vector<protocol::Request>& questions) {
    try {
      ask(asked, questions);
      list.push_back(std::move(asked));
    } catch (const std::runtime_error& error) {
      lost(asked, error.what());
    }
  }

  static std::vector<protocol::Request> first_questions(const Asked& asked) {
    if (!asked.plugin.empty()) return {protocol::Load{asked.plugin}};
    return {protocol::Parts{asked.backend}};
  }
  static std::vector<protocol::Request> device_questions(const Asked& asked) {
    std::vector<protocol::Request> questions;
    if (!asked.plugin.empty()) questions.emplace_back(protocol::Load{asked.plugin});
    questions.emplace_back(protocol::Devices{asked.backend, asked.part});
    return questions;
  }

  // Takes the answers to the questions. A process that ended without them (someone may have killed it)
  // gets one successor; one that kept silent or said itself what is wrong would do so again.
  template <class Take>
  void take_or_ask_again(Asked& asked, const std::vector<protocol::Request>& questions,
                         const Take& take) {
    for (bool last = false;; last = true) {
      try {
        if (last) ask(asked, questions);
        asked.worker->greet();
        take();
        asked.worker->quit();
        return;
      } catch (const WorkerFailure& failure) {
        if (last || failure.silent() || failure.reported()) return lost(asked, failure.what());
      } catch (const std::runtime_error& error) {
        return lost(asked, error.what());
      }
    }
  }

  // As many of the parts that wait as may be asked now.
  void start_waiting() {
    while (devices_.size() < most_at_once && !waiting_.empty()) {
      Asked asked = std::move(waiting_.front());
      waiting_.pop_front();
      const auto questions = device_questions(asked);
      start(devices_, std::move(asked), questions);
    }
  }

  void unavailable(const Asked& asked, const std::string& why, bool failed = false) {
    // What a plugin's name or file doesn't say yet.
    const bool anonymous = !asked.plugin.empty() && !why.starts_with(asked.plugin);
    inventory_.unavailable.push_back({asked.backend, (anonymous ? asked.plugin + ": " : "") + why,
                                      asked.plugin, failed, asked.part});
  }

  // A worker that failed doesn't know what it was asked; a backend's own reason names its part.
  void failed(const Asked& asked, const std::string& why) {
    unavailable(asked, asked.part.empty() ? why : "part " + asked.part + ": " + why, true);
  }
  // What it holds can't be known. A library that was never loaded holds nothing that has a name.
  void lost(const Asked& asked, const std::string& why) {
    failed(asked, why);
    inventory_.unavailable.back().lost = asked.backend != "plugin";
  }

  [[nodiscard]] bool has_shown(const std::string& plugin) const {
    return std::ranges::find(inventory_.devices, plugin, &KnownDevice::plugin) !=
               inventory_.devices.end() ||
           std::ranges::find(inventory_.unavailable, plugin, &Unavailable::plugin) !=
               inventory_.unavailable.end();
  }

  // Learns a plugin's name; throws WorkerFailure where another backend has it.
  void take_name(Asked& asked) {
    const std::string name = asked.worker->answer<protocol::Load>().backend;
    const bool again = asked.backend == name;
    if (!again && std::ranges::find(inventory_.plugins, name) != inventory_.plugins.end()) {
      asked.worker->fail("its name '" + name + "' is that of another plugin");
    }
    if (!again) {
      inventory_.plugins.push_back(name);
      loaded_.emplace_back(name, asked.plugin);
    }
    asked.backend = name;
    asked.worker->post(protocol::Parts{name});
  }

  void take_parts(Asked& asked) {
    take_or_ask_again(asked, first_questions(asked), [&] {
      if (!asked.plugin.empty()) take_name(asked);
      const auto parts = asked.worker->answer<protocol::Parts>().parts;
      if (parts.size() > most_parts) {
        asked.worker->fail("names " + std::to_string(parts.size()) + " parts, at most " +
                           std::to_string(most_parts) + " are asked");
      }
      for (const std::string& part : parts) {
        waiting_.push_back({asked.backend, part, asked.plugin, nullptr});
      }
    });
  }

  void take_devices(Asked& asked) {
    take_or_ask_again(asked, device_questions(asked), [&] {
      std::string version;
      if (!asked.plugin.empty()) version = asked.worker->answer<protocol::Load>().version;
      take_enumeration(asked, asked.worker->answer<protocol::Devices>().enumeration, version);
    });
  }

  void take_enumeration(const Asked& asked, const Enumeration& enumeration,
                        const std::string& version) {
    for (const DeviceInfo& info : enumeration.devices) {
      const std::string id = KnownDevice{asked.backend, info}.id();
      if (std::ranges::find(inventory_.devices, id, &KnownDevice::id) != inventory_.devices.end()) {
        failed(asked, "shows the device " + info.ordinal + ", which another part has shown");
        continue;
      }
      inventory_.devices.push_back({asked.backend, info, asked.plugin});
      if (asked.plugin.empty()) continue;
      inventory_.devices.back().info.notes.emplace_back(
          "plugin", asked.plugin + (version.empty() ? "" : ", version " + version));
    }
    for (const std::string& reason : enumeration.unavailable) unavailable(asked, reason);
  }

  const WorkerSettings& settings_;
  const std::atomic<bool>* interrupted_;
  std::list<Asked> parts_;
  std::list<Asked> devices_;
  std::list<Asked> waiting_;                                 // to become devices_
  std::vector<std::pair<std::string, std::string>> loaded_;  // plugins: name and file
  std::vector<Unavailable> missing_;
  Inventory inventory_;
};

}  // namespace

Inventory discover(const std::vector<std::string>& backends, const WorkerSettings& settings,
                   const std::atomic<bool>* interrupted) {
  Discovery discovery(settings, interrupted);
  discovery.built_in(backends);
  discovery.plugins();
  return discovery.finish();
}

Inventory discover_plugins(const WorkerSettings& settings, const std::atomic<bool>* interrupted) {
  Discovery discovery(settings, interrupted);
  discovery.plugins();
  return discovery.finish();
}

}  // namespace assay
