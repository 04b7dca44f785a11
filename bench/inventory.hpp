// The devices of this machine, as the backends show them.
#pragma once

#include <string>
#include <vector>

#include "backends/backend.hpp"

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
  int threads = 0;              // 0: the libraries' default
  double answer_timeout_s = 30; // a worker that is silent for longer is killed
  std::string executable;       // started as `executable worker --in FD --out FD`; empty: this program
};

// Asks every backend named in `backends` (all of the list if empty), each part in a worker process
// of its own, at the same time. A worker that crashes or hangs becomes an Unavailable.
[[nodiscard]] Inventory discover(const std::vector<std::string>& backends,
                                 const WorkerSettings& settings);

}  // namespace assay
