#include "bench/worker/delayed.hpp"

#include <chrono>
#include <cmath>
#include <cstdlib>

#include "bench/filter.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

class DelayedQueue final : public Queue {
 public:
  DelayedQueue(std::unique_ptr<Queue> queue, const double& share)
      : queue_(std::move(queue)), share_(share) {}

  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    if (!begin_) begin_ = Clock::now();
    queue_->submit(ring, calls);
  }

  std::optional<double> wait() override {
    std::optional<double> device_ns = queue_->wait();
    if (begin_) {
      const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                          share_ * (Clock::now() - *begin_));
      while (Clock::now() < end) {
      }
      begin_.reset();
    }
    if (device_ns) *device_ns *= 1 + share_;
    return device_ns;
  }

 private:
  std::unique_ptr<Queue> queue_;
  const double& share_;                     // of the device, which outlives it
  std::optional<Clock::time_point> begin_;  // of what is waited for next
};

class DelayedDevice final : public Device {
 public:
  DelayedDevice(std::unique_ptr<Device> device, const Delay& delay)
      : device_(std::move(device)), filter_(delay.pattern), share_(delay.share) {}

  [[nodiscard]] const DeviceInfo& info() const override { return device_->info(); }
  [[nodiscard]] Tunable tunable(const Problem& problem, std::string_view best) override {
    return device_->tunable(problem, best);
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> probe() override {
    return device_->probe();
  }
  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    return device_->supports(problem, variant);
  }
  [[nodiscard]] std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    return device_->allocate(bytes);
  }
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    device_->copy_in(buffer, data);
  }
  void copy_out(const Buffer& buffer, std::span<std::byte> data) override {
    device_->copy_out(buffer, data);
  }
  // A worker holds one case at a time: the last one prepared is the one that is called.
  [[nodiscard]] std::unique_ptr<Prepared> prepare(const Problem& problem,
                                                  std::string_view variant) override {
    active_ = filter_.keeps(problem_name(problem)) ? share_ : 0;
    return device_->prepare(problem, variant);
  }
  [[nodiscard]] std::unique_ptr<Queue> queue() override {
    return std::make_unique<DelayedQueue>(device_->queue(), active_);
  }

 private:
  std::unique_ptr<Device> device_;
  NameFilter filter_;
  double share_;
  double active_ = 0;
};

}  // namespace

Delay parse_delay(const std::string& text) {
  const std::size_t blank = text.find(' ');
  const std::string number = text.substr(0, blank);
  char* end = nullptr;
  const double share = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !(share >= 0) || share > 10) {
    throw usage_error(std::string(delay_variable) + " '" + text +
                      "' must be a share from 0 to 10, and perhaps a blank and an expression");
  }
  Delay delay{share, blank == std::string::npos ? "" : text.substr(blank + 1)};
  (void)NameFilter(delay.pattern);
  return delay;
}

std::unique_ptr<Device> delayed(std::unique_ptr<Device> device, const Delay& delay) {
  return std::make_unique<DelayedDevice>(std::move(device), delay);
}

std::unique_ptr<Device> delayed_by_environment(std::unique_ptr<Device> device) {
  const char* text = std::getenv(delay_variable);
  if (text == nullptr || *text == '\0') return device;
  return delayed(std::move(device), parse_delay(text));
}

}  // namespace assay
