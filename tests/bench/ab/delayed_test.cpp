#include "bench/worker/delayed.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "bench/case.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(ParseDelays, TakesAShareAndAnExpression) {
  EXPECT_DOUBLE_EQ(parse_delays("0.05").at(0).share, 0.05);
  EXPECT_EQ(parse_delays("0.05").at(0).pattern, "");
  EXPECT_EQ(parse_delays("0.1 m:64/|m:32/").at(0).pattern, "m:64/|m:32/");
}

TEST(ParseDelays, TakesSeveral) {
  const auto delays = parse_delays("0.05 m:64/; 0.1 m:32/");
  ASSERT_EQ(delays.size(), 2U);
  EXPECT_EQ(delays[0].pattern, "m:64/");
  EXPECT_DOUBLE_EQ(delays[1].share, 0.1);
  EXPECT_EQ(delays[1].pattern, "m:32/");
}

TEST(ParseDelays, RefusesWhatIsNone) {
  for (const char* text : {"", "x", "-1", "0.1x", "11", "0.1 (", "0.1;", "0.1 a;x b"}) {
    EXPECT_THROW((void)parse_delays(text), Error) << text;
  }
}

TEST(DelayOf, IsThatOfTheFirstThatMatches) {
  const auto delays = parse_delays("0.05 m:64/;0.1 n:8/;1 n:9/");
  EXPECT_DOUBLE_EQ(delay_of(delays, "matmul/dtype:f32/m:64/n:8/k:8"), 0.05);
  EXPECT_DOUBLE_EQ(delay_of(delays, "matmul/dtype:f32/m:32/n:8/k:8"), 0.1);
  EXPECT_EQ(delay_of(delays, "matmul/dtype:f32/m:32/n:7/k:8"), 0);
}

// Calls take 20 ms.
class Slow final : public Device {
  class SlowQueue final : public Queue {
    void submit(std::span<Bound* const>, std::int64_t) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    std::optional<double> wait() override { return 100; }
  };
  const DeviceInfo& info() const override { return info_; }
  Support supports(const Problem&, std::string_view) const override { return Support::yes(); }
  std::unique_ptr<Buffer> allocate(std::size_t) override { return nullptr; }
  void copy_in(Buffer&, std::span<const std::byte>) override {}
  void copy_out(const Buffer&, std::span<std::byte>) override {}
  std::unique_ptr<Prepared> prepare(const Problem&, std::string_view) override { return nullptr; }
  std::unique_ptr<Queue> queue() override { return std::make_unique<SlowQueue>(); }
  DeviceInfo info_;
};

double wait_ms(Device& device, const char* name) {
  (void)device.prepare(parse_case(name).problem, "");
  const auto queue = device.queue();
  queue->submit({}, 1);
  const auto before = std::chrono::steady_clock::now();
  (void)queue->wait();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before)
      .count();
}

// Lower bounds only: a busy machine may make anything longer.
TEST(Delayed, WaitsForTheShareOfWhatCallsTook) {
  const auto device = delayed(std::make_unique<Slow>(), {{0.5, ""}});
  EXPECT_GE(wait_ms(*device, "matmul/dtype:f32/m:8/n:8/k:8"), 10);
}

TEST(Delayed, LeavesOtherCasesAlone) {
  const auto device = delayed(std::make_unique<Slow>(), {{5, "m:8/"}});
  EXPECT_GE(wait_ms(*device, "matmul/dtype:f32/m:8/n:8/k:8"), 100);
  (void)device->prepare(parse_case("matmul/dtype:f32/m:9/n:8/k:8").problem, "");
  EXPECT_DOUBLE_EQ(*device->queue()->wait(), 100);
}

TEST(Delayed, ScalesTheDevicesOwnTime) {
  const auto device = delayed(std::make_unique<Slow>(), {{0.5, ""}});
  (void)device->prepare(parse_case("matmul/dtype:f32/m:8/n:8/k:8").problem, "");
  EXPECT_DOUBLE_EQ(*device->queue()->wait(), 150);
}

}  // namespace
}  // namespace assay
