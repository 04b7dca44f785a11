// A run of cases with ceilings beside them, through workers that are told how fast they are.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/runner.hpp"
#include "tests/bench/fake_worker.hpp"

namespace assay {

class Paired : public testing::Test {
 protected:
  void SetUp() override {
    set("FAKE_PATH", "f32.fma");
    device_.name = "fake device";
    device_.hardware = "gpu:fake";
    device_.cache_bytes = std::int64_t{32} << 20U;
  }
  void TearDown() override {
    for (const char* name :
         {"FAKE_WORKER", "FAKE_PATH", "FAKE_CEILING", "FAKE_COPY", "FAKE_WORKER_DIR", "FAKE_WAITS",
          "FAKE_WAITS_EVERY", "FAKE_HARDWARE", "FAKE_CACHE", "FAKE_CRASH_ON", "FAKE_HANG_AT",
          "FAKE_HANG_IN_PROBE_OF", "FAKE_SKIP_AT", "FAKE_FULL_ONCE_AT", "FAKE_CRASH_AT"}) {
      unsetenv(name);
    }
  }
  static void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }
  // A product of 2 n FLOP on 12 bytes for n = 1, 4 of them written, in 20 us: 1e5 FLOP/s and 6e5 bytes/s.
  [[nodiscard]] PlannedCase planned(const std::string& ordinal, int n = 1) const {
    PlannedCase planned;
    planned.c = parse_case(fake::case_name(fake::Mode::good, false, n));
    planned.c.device = "null:" + ordinal;
    planned.device.backend = "null";
    planned.device.info = device_;
    planned.device.info.ordinal = ordinal;
    return planned;
  }
  // It on each of the devices.
  std::vector<Record> run(const std::vector<std::string>& ordinals = {"0"}) {
    std::vector<PlannedCase> cases;
    for (const std::string& ordinal : ordinals) cases.push_back(planned(ordinal));
    return run_cases(std::move(cases));
  }
  std::vector<Record> run_cases(std::vector<PlannedCase> cases) {
    Plan plan;
    plan.cases = std::move(cases);
    plan.here = here_;
    plan.measure.launches = plan.measure.max_launches = launches_;
    plan.measure.budget_s = budget_s_;
    plan.measure.min_time_s = min_time_s_;
    plan.measure.ceilings = true;
    plan.measure.worker.executable = FAKE_WORKER;
    plan.measure.worker.answer_timeout_s = answer_timeout_s_;
    plan.measure.worker.probe_extra_s = 0;
    Observer silent;
    return assay::run(plan, silent, interrupted_);
  }
  DeviceInfo device_;
  Inventory here_;
  std::atomic<bool> interrupted_ = false;
  int launches_ = 3;
  double budget_s_ = 60;
  double min_time_s_ = 0.02;
  double answer_timeout_s_ = 20;
};

}  // namespace assay
