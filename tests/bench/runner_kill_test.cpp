// A run in which workers are killed at random, with real workers.
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <random>
#include <set>
#include <thread>

#include "bench/runner.hpp"
#include "tests/bench/children.hpp"

namespace assay {
namespace {

TEST(RandomKills, CostAtMostTheirCases) {
  Plan plan;
  for (int n = 1; n <= 60; ++n) {
    PlannedCase planned;
    planned.c =
        parse_case("matmul/dtype:f32/m:2/n:" + std::to_string(n) + "/k:3/cache:hot@reference:0");
    planned.device.backend = "reference";
    planned.device.info.ordinal = "0";
    plan.cases.push_back(planned);
  }
  plan.measure.launches = 3;
  plan.measure.max_launches = 3;
  plan.measure.min_time_s = 0.005;
  plan.measure.budget_s = 600;
  plan.measure.worker.executable = REAL_WORKER;

  std::atomic<bool> over = false;
  std::atomic<int> kills = 0;
  std::thread killer([&] {
    std::mt19937 generator(7);
    while (!over && kills < 100) {
      std::this_thread::sleep_for(std::chrono::milliseconds(generator() % 60));
      for (const pid_t pid : children_of(getpid())) {
        if (kill(pid, SIGKILL) == 0) ++kills;
      }
    }
  });
  Observer observer;
  const std::atomic<bool> interrupted = false;
  const auto records = run(plan, observer, interrupted);
  over = true;
  killer.join();

  ASSERT_EQ(records.size(), plan.cases.size());
  EXPECT_GE(kills, 100);
  int failed = 0;
  for (const Record& record : records) {
    if (record.status == Status::failed) {
      ++failed;
      EXPECT_EQ(record.reason, "signal 9 (killed)");
      continue;
    }
    EXPECT_EQ(record.status, Status::ok) << record.reason;
    EXPECT_EQ(record.launches.size(), 3U);
  }
  // A case is lost only when it is hit twice running.
  EXPECT_LE(failed, kills / 2);
}

}  // namespace
}  // namespace assay
