#include "bench/worker/sampling.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "kernels/kernel.hpp"
#include "tests/bench/worker/counting_device.hpp"

namespace assay {
namespace {

using testing::Each;
using testing::Ge;
using testing::IsEmpty;
using testing::SizeIs;

class Sampling : public testing::Test {
 protected:
  explicit Sampling(std::chrono::microseconds duration = std::chrono::microseconds(2000))
      : device_(duration) {}
  Problem problem_ = parse_problem("matmul/dtype:f32/m:1/n:1/k:1");
  std::vector<std::byte> one_ = std::vector<std::byte>(4);
  std::vector<std::span<const std::byte>> inputs_ = {one_, one_, one_};
  CountingDevice device_;
  std::unique_ptr<Prepared> prepared_ = device_.prepare(problem_, "");
  std::unique_ptr<Queue> queue_ = device_.queue();
  Ring ring_{device_, *prepared_, problem_, inputs_};
};

TEST_F(Sampling, MakesAsManyCallsAsAsked) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto reply = take_samples(ring_, *queue_, {3, 2});
  EXPECT_EQ(testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(device_.calls[0], 6);
  EXPECT_THAT(reply.wall_ns, SizeIs(3));
  EXPECT_THAT(reply.wall_ns, Each(Ge(4e6)));
  EXPECT_THAT(reply.cpu_ns, SizeIs(3));
  EXPECT_THAT(reply.device_ns, IsEmpty());
}

TEST_F(Sampling, CanBeRepeated) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(take_samples(ring_, *queue_, {1, 1}).wall_ns, SizeIs(1));
  }
  EXPECT_EQ(device_.calls[0], 3);
}

TEST_F(Sampling, WarmUpChoosesCallsForTheSamplesLength) {
  const auto reply = warm_up(ring_, *queue_, {10, 20e6});
  EXPECT_GE(reply.call_ns, 2e6);
  EXPECT_GE(reply.host_call_ns, 2e6);
  EXPECT_GE(static_cast<double>(reply.calls_per_sample) * reply.call_ns, 20e6);
  EXPECT_LT(static_cast<double>(reply.calls_per_sample - 1) * reply.call_ns, 20e6);
}

TEST_F(Sampling, WarmUpMakesACallEvenWithoutTime) {
  const auto reply = warm_up(ring_, *queue_, {0, 1});
  EXPECT_EQ(reply.calls_per_sample, 1);
  EXPECT_GE(device_.calls[0], 1);
  EXPECT_FALSE(reply.stationary);
}

class BrokenQueue final : public Queue {
 public:
  void submit(std::span<Bound* const>, std::int64_t) override {}
  std::optional<double> wait() override { throw Error(Error::Kind::device, "device lost"); }
};

TEST_F(Sampling, PassesOnWhatACallThrows) {
  BrokenQueue broken;
  testing::internal::CaptureStdout();
  EXPECT_THROW((void)take_samples(ring_, broken, {2, 1}), Error);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_THAT(take_samples(ring_, *queue_, {1, 1}).wall_ns, SizeIs(1));
}

class TellingQueue final : public Queue {
 public:
  void submit(std::span<Bound* const>, std::int64_t) override {}
  std::optional<double> wait() override { return 42; }
};

TEST_F(Sampling, ReportsTheDevicesClock) {
  TellingQueue telling;
  EXPECT_THAT(take_samples(ring_, telling, {2, 1}).device_ns, testing::ElementsAre(42, 42));
}

TEST(TimerResolution, IsPositiveAndBelowAMillisecond) {
  EXPECT_GT(timer_resolution_ns(), 0);
  EXPECT_LT(timer_resolution_ns(), 1e6);
}

}  // namespace
}  // namespace assay
