// Runs of fake workers, for tests.
#pragma once

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/runner.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {

inline PlannedCase planned(const std::string& name) {
  PlannedCase planned;
  planned.c = parse_case(name);
  planned.device.backend = "null";
  planned.device.info.ordinal = "0";
  planned.device.info.name = "fake device";
  return planned;
}

inline Plan plan_of(const std::vector<std::string>& names) {
  Plan plan;
  for (const std::string& name : names) plan.cases.push_back(planned(name));
  plan.measure.launches = 3;
  plan.measure.max_launches = 3;
  plan.measure.min_time_s = 0.001;
  plan.measure.worker.executable = FAKE_WORKER;
  plan.measure.worker.answer_timeout_s = 20;
  return plan;
}

class Silent : public Observer {};

class Runs : public testing::Test {
 protected:
  void SetUp() override { setenv("FAKE_WORKER_DIR", directory_.c_str(), 1); }
  void TearDown() override {
    unsetenv("FAKE_WORKER");
    // Whatever happened, no worker is left, not even as a zombie.
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  std::vector<Record> run(const Plan& plan) {
    Silent silent;
    return assay::run(plan, silent, interrupted_);
  }
  std::atomic<bool> interrupted_ = false;
  const TemporaryFolder temporary_;
  const std::filesystem::path directory_ = temporary_.path();
};

}  // namespace assay
