#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "tests/bench/fake_worker.hpp"
#include "tests/bench/runs.hpp"

namespace assay {
namespace {

using fake::Mode;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

// Interrupts the run once the given number of case launches has begun.
class Interrupting : public Observer {
 public:
  Interrupting(std::atomic<bool>& interrupted, int after)
      : interrupted_(interrupted), left_(after) {}
  void progress(std::size_t, std::size_t, const Case&, double) override {
    if (left_-- == 0) interrupted_ = true;
  }

 private:
  std::atomic<bool>& interrupted_;
  int left_;
};

TEST_F(Runs, KeepWhatWasMeasuredWhenInterrupted) {
  // Two launches of both cases; the interruption comes in the third.
  Plan plan = plan_of({fake::case_name(Mode::good), fake::case_name(Mode::good, false, 2)});
  Interrupting observer(interrupted_, 4);
  const auto records = assay::run(plan, observer, interrupted_);
  ASSERT_THAT(records, SizeIs(2));
  for (const Record& record : records) {
    EXPECT_THAT(record.launches, SizeIs(2));
    EXPECT_THAT(record.labels, Contains("cut_short"));
  }
}

TEST_F(Runs, LeaveOutWhatWasNeverMeasuredWhenInterrupted) {
  Interrupting observer(interrupted_, 0);
  EXPECT_THAT(assay::run(plan_of({fake::case_name(Mode::good)}), observer, interrupted_),
              IsEmpty());
}

class Order : public Observer {
 public:
  void progress(std::size_t done, std::size_t total, const Case& next, double eta_s) override {
    order.push_back(case_name(next));
    EXPECT_LT(done, total);
    EXPECT_GE(eta_s, 0);
  }
  void finished(const Record& record) override { finished_names.push_back(record.name); }
  std::vector<std::string> order, finished_names;
};

TEST_F(Runs, ShuffleCasesByTheSeedAlone) {
  std::vector<std::string> names;
  for (int n = 1; n <= 8; ++n) names.push_back(fake::case_name(Mode::good, false, n));
  Plan plan = plan_of(names);
  const auto order_of = [&](std::uint64_t seed) {
    plan.measure.seed = seed;
    Order observer;
    (void)assay::run(plan, observer, interrupted_);
    EXPECT_THAT(observer.finished_names, SizeIs(8));
    return observer.order;
  };
  const auto order = order_of(1);
  ASSERT_THAT(order, SizeIs(24));
  EXPECT_EQ(order_of(1), order);
  EXPECT_NE(order_of(2), order);
  const std::vector<std::string> first(order.begin(), order.begin() + 8);
  const std::vector<std::string> second(order.begin() + 8, order.begin() + 16);
  EXPECT_NE(first, second);
  EXPECT_THAT(first, testing::UnorderedElementsAreArray(names));
}

TEST_F(Runs, RowsOfAProblemAreToldTogether) {
  // One of its devices takes more launches than the other, and than all the other problems.
  setenv("FAKE_WORKER", "noisy_1", 1);
  std::vector<std::string> names = {fake::case_name(Mode::good), fake::case_name(Mode::good)};
  for (int n = 2; n <= 8; ++n) names.push_back(fake::case_name(Mode::good, false, n));
  Plan plan = plan_of(names);
  plan.cases[1].c.device = "null:1";
  plan.measure.max_launches = 4;
  Order observer;
  const auto records = assay::run(plan, observer, interrupted_);
  EXPECT_THAT(records.at(0).launches, SizeIs(3));
  EXPECT_THAT(records.at(1).launches, SizeIs(4));
  ASSERT_THAT(observer.finished_names, SizeIs(9));
  const auto first = std::ranges::find(observer.finished_names, records[0].name);
  ASSERT_NE(first, observer.finished_names.end());
  EXPECT_EQ(*(first + 1), records[1].name);
}

TEST_F(Runs, SameProblemOnSeveralDevicesIsMeasuredSideBySide) {
  Plan plan = plan_of({fake::case_name(Mode::good), fake::case_name(Mode::good)});
  plan.cases[1].c.variant = "other";
  Order observer;
  const auto records = assay::run(plan, observer, interrupted_);
  EXPECT_THAT(records, Each(Field(&Record::launches, SizeIs(3))));
  // One announcement a launch: both belong to it.
  EXPECT_THAT(observer.order, SizeIs(3));
}

}  // namespace
}  // namespace assay
