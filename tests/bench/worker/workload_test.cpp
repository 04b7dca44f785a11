// A device that leaves out calls must not live on what earlier calls left behind.
#include "bench/worker/workload.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "tests/support/faulty.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

// Computes a call, counted from 0, or doesn't.
using Diligence = std::function<bool(std::int64_t)>;

// Multiplies on the host; `restless`: each call sums in another order.
class Idler final : public HostDevice {
 public:
  explicit Idler(Diligence diligence, bool restless = false)
      : HostDevice(host_device_info()), diligence_(std::move(diligence)), restless_(restless) {}
  [[nodiscard]] Support supports(const Problem&, std::string_view) const override {
    return Support::yes();
  }
  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view) override {
    return std::make_unique<IdlerPrepared>(*this, problem);
  }

 private:
  class IdlerBound final : public HostBound {
   public:
    IdlerBound(Idler& device, const Problem& problem, std::span<Buffer* const> tensors)
        : device_(device), problem_(problem), tensors_(tensors.begin(), tensors.end()) {}
    [[nodiscard]] std::size_t touched_bytes() const override { return problem_.bytes(); }
    void call() override {
      const std::int64_t number = device_.calls_++;
      if (!device_.diligence_(number)) return;
      std::vector<std::span<const std::byte>> inputs;
      for (Buffer* tensor : tensors_) inputs.emplace_back(host_data(*tensor), tensor->size());
      Implementation how;
      if (device_.restless_) how.block = 1 + number % 7;
      run(problem_, inputs, how, {host_data(*tensors_.back()), tensors_.back()->size()});
    }

   private:
    Idler& device_;
    const Problem& problem_;
    std::vector<Buffer*> tensors_;
  };
  class IdlerPrepared final : public Prepared {
   public:
    IdlerPrepared(Idler& device, const Problem& problem) : device_(device), problem_(problem) {}
    [[nodiscard]] std::string implementation() const override { return "idler"; }
    std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
      return std::make_unique<IdlerBound>(device_, problem_, tensors);
    }

   private:
    Idler& device_;
    const Problem& problem_;
  };

  Diligence diligence_;
  bool restless_;
  std::int64_t calls_ = 0;
};

constexpr int samples = 6;
constexpr int calls_per_sample = 5;

// Checked, timed and checked again, as a launch does it. Empty where all passed.
std::string judge(Device& device, const char* problem) {
  protocol::Prepare::Reply prepared;
  const protocol::Prepare request{std::string(problem) + "@idler:0", 1, Fill::random};
  const auto work = Workload::prepare(device, {parse_problem(problem), "idler:0", ""}, request,
                                      Affinity{}, prepared);
  if (work == nullptr) return "skipped: " + prepared.skipped;
  const auto first = work->verify({false});
  if (!first.passed) return "first: " + first.reason;
  for (int i = 0; i < samples; ++i) (void)work->sample({1, calls_per_sample});
  const auto after = work->verify({true});
  return after.passed ? "" : "after: " + after.reason;
}

constexpr const char* hot = "matmul/dtype:f32/m:7/n:9/k:33/cache:hot";
constexpr const char* cold = "matmul/dtype:f32/m:7/n:9/k:33";
// Too much output to be read between samples.
constexpr const char* large = "matmul/dtype:f32/m:2100/n:2100/k:1/cache:hot";

TEST(AnIdler, IsntWhoComputesEachCall) {
  for (const char* problem : {hot, cold, large}) {
    Idler honest([](std::int64_t) { return true; });
    EXPECT_EQ(judge(honest, problem), "") << problem;
  }
  Idler restless([](std::int64_t) { return true; }, true);
  EXPECT_EQ(judge(restless, hot), "");
}

TEST(AnIdler, StopsAndIsFound) {
  // Before, in the middle of and after the timed calls.
  for (const std::int64_t last : {2, 10, 17, 31}) {
    for (const char* problem : {hot, cold}) {
      Idler idler([last](std::int64_t call) { return call <= last; });
      EXPECT_THAT(judge(idler, problem), HasSubstr("out[")) << problem << " after " << last;
    }
  }
  Idler idler([](std::int64_t call) { return call < 5; });
  EXPECT_THAT(judge(idler, large), HasSubstr("out["));
}

TEST(AnIdler, SleepsThroughOneSampleAndIsFound) {
  Idler idler([](std::int64_t call) { return call < 12 || call > 17; });
  EXPECT_THAT(judge(idler, hot), HasSubstr("out["));
}

TEST(AnIdler, LeavesOutEverySecondCallAndIsFound) {
  for (const std::int64_t from : {0, 1, 12, 13}) {
    for (const char* problem : {hot, cold}) {
      Idler idler([from](std::int64_t call) { return call < from || (call - from) % 2 == 0; });
      EXPECT_THAT(judge(idler, problem), HasSubstr("out[")) << problem << " from " << from;
    }
  }
}

}  // namespace
}  // namespace assay
