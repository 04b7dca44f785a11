// The devices of this machine, as the backends show them.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/backend.hpp"
#include "bench/case.hpp"

namespace assay {

struct KnownDevice {
  std::string backend;
  DeviceInfo info;
  std::string plugin = {};  // the library that its backend is loaded from; empty: built in
  [[nodiscard]] std::string id() const { return backend + ":" + info.ordinal; }
};

// A backend, or a part of it, that is not available here.
struct Unavailable {
  std::string backend;  // "plugin" for a library that was rejected: the reason begins with its file
  std::string reason;
  std::string plugin = {};  // the library that the backend is loaded from; empty: built in
  bool failed = false;      // it was rejected or broke, in place of giving a reason
  std::string part = {};    // of the backend; empty: all of it
  bool lost = false;        // its processes ended, so that nobody knows which devices it holds
};

struct Inventory {
  std::vector<KnownDevice> devices;
  std::vector<Unavailable> unavailable;
  std::vector<std::string> plugins = {};  // names of the backends that came from libraries
};

struct WorkerSettings {
  int threads = 0;               // 0: the libraries' default
  double answer_timeout_s = 30;  // a worker that is silent for longer is killed
  double probe_extra_s = 120;    // more for special instructions: they are compiled at first use
  std::string executable;  // started as `executable worker --in FD --out FD`; empty: this program
  // Added to the worker's environment, or put in place there.
  std::vector<std::pair<std::string, std::string>> environment = {};

  std::vector<std::string> plugins;  // libraries to be discovered, see plugin_files.hpp
  bool guard_pages = false;          // around host buffers, for conformance: see backends/host.hpp
};

// Asks every backend named in `backends` (all of the list if empty) and every plugin, each part in
// a worker process of its own, several at the same time. What crashes is asked once more in a fresh
// process. A worker that crashes again or hangs becomes an Unavailable; so does a plugin that can't be loaded, whose name is another backend's, or that shows
// neither a device nor a reason, and a device that another part has shown before.
// Throws Interrupted (worker_client.hpp) once `interrupted` is set, which may be null.
[[nodiscard]] Inventory discover(const std::vector<std::string>& backends,
                                 const WorkerSettings& settings,
                                 const std::atomic<bool>* interrupted = nullptr);
// The plugins alone.
[[nodiscard]] Inventory discover_plugins(const WorkerSettings& settings,
                                         const std::atomic<bool>* interrupted = nullptr);

// What the device says to each case (whose own device doesn't matter), from a worker process. A
// worker that crashes or hangs is a no with that reason, and a fresh one is asked the rest.
[[nodiscard]] std::vector<Support> supports(const KnownDevice& device, std::span<const Case> cases,
                                            const WorkerSettings& settings);

// What the device's special instructions do there, each tried: Device::probe(). Empty where it has
// none, or where trying them ended one worker after the other; one that says why where the device
// can't be opened.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> probe(
    const KnownDevice& device, const WorkerSettings& settings);

}  // namespace assay
