// A worker's state between requests: one device, at most one prepared case.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "backends/backend.hpp"
#include "backends/plugin/host.hpp"
#include "bench/worker/affinity.hpp"
#include "bench/worker/protocol.hpp"
#include "bench/worker/workload.hpp"

namespace assay {

class Session {
 public:
  // Never throws: what breaks becomes a protocol::Failure.
  [[nodiscard]] protocol::Reply answer(const protocol::Request& request);

 private:
  protocol::Hello::Reply on(const protocol::Hello& request);
  protocol::Load::Reply on(const protocol::Load& request);
  protocol::Parts::Reply on(const protocol::Parts& request);
  protocol::Devices::Reply on(const protocol::Devices& request);
  protocol::Supports::Reply on(const protocol::Supports& request);
  protocol::Probe::Reply on(const protocol::Probe& request);
  protocol::Tune::Reply on(const protocol::Tune& request);
  protocol::Prepare::Reply on(const protocol::Prepare& request);
  protocol::Verify::Reply on(const protocol::Verify& request);
  protocol::WarmUp::Reply on(const protocol::WarmUp& request);
  protocol::Sample::Reply on(const protocol::Sample& request);
  protocol::Conform::Reply on(const protocol::Conform& request);
  protocol::Release::Reply on(const protocol::Release& request);
  protocol::Quit::Reply on(const protocol::Quit& request);
  protocol::Transfer::Reply on(const protocol::Transfer& request);
  protocol::Capacity::Reply on(const protocol::Capacity& request);

  Backend& backend(const std::string& name);
  Device& device(const std::string& id);  // "onednn:0"
  Workload& workload(std::int64_t slot);

  // Before any library was loaded, which may bind this thread.
  Affinity affinity_;
  // In the order of dependence: the last is destroyed first.
  std::optional<plugin::Plugin> plugin_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Sensors> sensors_;                             // of device_
  std::string opened_;                                           // "onednn:0"
  std::map<std::int64_t, std::unique_ptr<Workload>> workloads_;  // by slot
};

}  // namespace assay
