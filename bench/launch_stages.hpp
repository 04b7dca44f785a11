// The stages of one case within one launch: prepared and checked, sampled, checked again.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "bench/launch.hpp"

namespace assay {

// Each stage runs in the attempt's worker; whatever goes wrong there settles the attempt and costs
// the worker's process.
class Stages {
 public:
  Stages(WorkerPool& pool, Attempt& attempt, const Measure& measure)
      : pool_(pool), attempt_(attempt), measure_(measure) {}

  void setup() {
    guarded([this] { prepare_and_check(); });
  }
  void take_samples() {
    guarded([this] { sample(); });
  }
  void take_energy() {
    if (running() && measure_.energy_s > 0) guarded([this] { sample_energy(); });
  }
  void finish() {
    guarded([this] { check_and_release(); });
  }
  // Prepared, and not settled otherwise.
  [[nodiscard]] bool running() const { return prepared_ && attempt_.status == Status::ok; }
  [[nodiscard]] bool wants_samples() const;

 private:
  void guarded(const std::function<void()>& stage);
  void prepare_and_check();
  [[nodiscard]] std::size_t fewest() const;
  [[nodiscard]] std::string budget_text(double need_s) const;
  [[nodiscard]] bool fits(double setup_s, double call_s, double check_s);
  void warm_up(WorkerClient& worker, double call_s);
  [[nodiscard]] double patience(double estimate_s) const;
  void sample();
  void take(WorkerClient& worker, const protocol::Sample::Reply& reply, double elapsed_s);
  void sample_energy();
  void check_and_release();
  void take_check(WorkerClient& worker, const protocol::Verify::Reply& reply);
  // End the worker where what it says can't be.
  static void believe(WorkerClient& worker, const protocol::Prepare::Reply& prepared,
                      double elapsed_s);
  void believe(WorkerClient& worker, double samples_s, double elapsed_s) const;
  void settle(Status status, const std::string& reason, const std::string& detail = {});

  WorkerPool& pool_;
  Attempt& attempt_;
  const Measure& measure_;
  bool prepared_ = false;
  double call_ns_ = 0;
  double sampled_s_ = 0;
  std::vector<double> device_ns_;  // per call
  std::vector<double> cpu_ns_;
  bool device_clock_rejected_ = false;
};

}  // namespace assay
