// The devices of this machine, as the backends show them.
#pragma once

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
  [[nodiscard]] std::string id() const { return backend + ":" + info.ordinal; }
};

// A backend, or a part of it, that is not available here.
struct Unavailable {
  std::string backend;
  std::string reason;
};

struct Inventory {
  std::vector<KnownDevice> devices;
  std::vector<Unavailable> unavailable;
};

struct WorkerSettings {
  int threads = 0;               // 0: the libraries' default
  double answer_timeout_s = 30;  // a worker that is silent for longer is killed
  std::string executable;  // started as `executable worker --in FD --out FD`; empty: this program
  // Added to the worker's environment, or put in place there.
  std::vector<std::pair<std::string, std::string>> environment = {};
};

// Asks every backend named in `backends` (all of the list if empty), each part in a worker process
// of its own, at the same time. A worker that crashes or hangs becomes an Unavailable.
[[nodiscard]] Inventory discover(const std::vector<std::string>& backends,
                                 const WorkerSettings& settings);

// What the device says to each case (whose own device doesn't matter), from a worker process. A
// worker that crashes or hangs is a no with that reason, and a fresh one is asked the rest.
[[nodiscard]] std::vector<Support> supports(const KnownDevice& device, std::span<const Case> cases,
                                            const WorkerSettings& settings);

}  // namespace assay
