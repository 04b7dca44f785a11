// A case ready to be called, checked and timed on one device.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backends/backend.hpp"
#include "backends/host.hpp"
#include "bench/case.hpp"
#include "bench/check.hpp"
#include "bench/worker/affinity.hpp"
#include "bench/worker/protocol.hpp"
#include "bench/worker/ring.hpp"
#include "bench/worker/sensors.hpp"

namespace assay {

// The seed of a problem's inputs: equal for every device, variant and build in one launch.
[[nodiscard]] std::uint64_t input_seed(const Problem& problem, std::uint64_t launch_seed);

class Workload {
 public:
  // Estimates the memory first: null, with `reply.skipped`, if it doesn't suffice. `device`
  // outlives the workload. Inputs and checks are made on the processors of `checking`.
  [[nodiscard]] static std::unique_ptr<Workload> prepare(Device& device, const Case& c,
                                                         const protocol::Prepare& request,
                                                         const Affinity& checking,
                                                         protocol::Prepare::Reply& reply);

  [[nodiscard]] protocol::Verify::Reply verify(const protocol::Verify& request);
  [[nodiscard]] protocol::WarmUp::Reply warm_up(const protocol::WarmUp& request);
  // From now on warm_up(), sample() and verify() also read these.
  void watch(Sensors& sensors) { sensors_ = &sensors; }
  // Poisons every output before the first sample, and the last one after each, once it has been read:
  // a device that stops computing can't live on what it left before.
  [[nodiscard]] protocol::Sample::Reply sample(const protocol::Sample& request);

 private:
  Workload(Device& device, const Case& c, const protocol::Prepare& request,
           const Affinity& checking);
  double timed_call();  // milliseconds
  [[nodiscard]] protocol::Sample::Reply measure(const protocol::Sample& request);
  void verify_first(protocol::Verify::Reply& reply);
  void verify_timed(protocol::Verify::Reply& reply);
  void verify_again(protocol::Verify::Reply& reply);
  void verify_renewed(protocol::Verify::Reply& reply);
  // Checks what the last timed call left, and poisons it.
  void watch_output();
  [[nodiscard]] std::vector<std::string> limited() const;
  // One call, into poison.
  [[nodiscard]] bool check_call(protocol::Verify::Reply& reply);
  // False once an output is wrong. Bytes equal to those that passed before pass unread.
  bool check_output(std::int64_t set, protocol::Verify::Reply& reply);

  Device& device_;
  Problem problem_;
  std::uint64_t seed_;
  Affinity checking_;
  bool renewable_ = false;        // small enough to be checked with other inputs too
  std::vector<HostBuffer> host_;  // in the order of Problem::tensors; the last holds poison
  std::vector<std::span<const std::byte>> inputs_;
  std::unique_ptr<Checker> checker_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Prepared> prepared_;
  std::unique_ptr<Ring> ring_;
  std::vector<std::byte> passed_;  // the output that passed last
  std::int64_t first_timed_ = -1;  // the set of the first timed call; -1: none yet
  std::int64_t timed_calls_ = 0;
  // Of each set, from which number of timed calls on it must hold a result; those before were read
  // when the set was poisoned.
  std::vector<std::int64_t> due_;
  std::vector<std::byte> watched_;                 // an output between samples
  std::optional<protocol::Verify::Reply> broken_;  // what was wrong with it
  int differing_ = 0;  // of those, how many were others than the one before
  Sensors* sensors_ = nullptr;
  SensorReading before_;  // at the warm-up
  std::chrono::steady_clock::time_point warmed_up_;
};

}  // namespace assay
