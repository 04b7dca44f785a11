#include "bench/worker/delayed.hpp"

#include <algorithm>
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
  DelayedDevice(std::unique_ptr<Device> device, const std::vector<Delay>& delays)
      : device_(std::move(device)), delays_(delays) {}

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
    active_ = delay_of(delays_, problem_name(problem));
    return device_->prepare(problem, variant);
  }
  [[nodiscard]] std::unique_ptr<Queue> queue() override {
    return std::make_unique<DelayedQueue>(device_->queue(), active_);
  }

 private:
  std::unique_ptr<Device> device_;
  std::vector<Delay> delays_;
  double active_ = 0;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") + 1 - first);
}

Delay parse_delay(std::string_view text) {
  const std::size_t blank = text.find(' ');
  const std::string number(text.substr(0, blank));
  char* end = nullptr;
  const double share = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !(share >= 0) || share > 10) {
    throw usage_error(std::string(delay_variable) + " '" + std::string(text) +
                      "' must be a share from 0 to 10, and perhaps a blank and an expression");
  }
  Delay delay{share, blank == std::string_view::npos ? "" : std::string(text.substr(blank + 1))};
  (void)NameFilter(delay.pattern);
  return delay;
}

}  // namespace

std::vector<Delay> parse_delays(std::string_view text) {
  std::vector<Delay> delays;
  while (true) {
    const std::size_t end = std::min(text.find(';'), text.size());
    delays.push_back(parse_delay(trimmed(text.substr(0, end))));
    if (end == text.size()) return delays;
    text.remove_prefix(end + 1);
  }
}

double delay_of(std::span<const Delay> delays, std::string_view problem_name) {
  for (const Delay& delay : delays) {
    if (NameFilter(delay.pattern).keeps(problem_name)) return delay.share;
  }
  return 0;
}

std::unique_ptr<Device> delayed(std::unique_ptr<Device> device, const std::vector<Delay>& delays) {
  return std::make_unique<DelayedDevice>(std::move(device), delays);
}

std::unique_ptr<Device> delayed_by_environment(std::unique_ptr<Device> device) {
  const char* text = std::getenv(delay_variable);
  if (text == nullptr || *text == '\0') return device;
  return delayed(std::move(device), parse_delays(text));
}

}  // namespace assay
