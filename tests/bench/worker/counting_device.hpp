// A device that counts the calls of each binding, and takes the time it is told to.
#pragma once

#include <chrono>
#include <thread>
#include <vector>

#include "backends/host.hpp"

namespace assay {

class CountingDevice final : public HostDevice {
 public:
  explicit CountingDevice(std::chrono::microseconds duration = {})
      : HostDevice(host_device_info()), duration_(duration) {}
  [[nodiscard]] Support supports(const Problem&, std::string_view) const override {
    return Support::yes();
  }
  std::unique_ptr<Prepared> prepare(const Problem&, std::string_view) override {
    return std::make_unique<CountingPrepared>(*this);
  }
  std::vector<int> calls;  // of each binding

 private:
  class CountingBound final : public HostBound {
   public:
    CountingBound(CountingDevice& device, std::size_t index) : device_(device), index_(index) {}
    [[nodiscard]] std::size_t touched_bytes() const override { return 100; }
    void call() override {
      ++device_.calls[index_];
      if (device_.duration_.count() > 0) std::this_thread::sleep_for(device_.duration_);
    }

   private:
    CountingDevice& device_;
    std::size_t index_;
  };
  class CountingPrepared final : public Prepared {
   public:
    explicit CountingPrepared(CountingDevice& device) : device_(device) {}
    [[nodiscard]] std::string implementation() const override { return "counting"; }
    std::unique_ptr<Bound> bind(std::span<Buffer* const>) override {
      device_.calls.push_back(0);
      return std::make_unique<CountingBound>(device_, device_.calls.size() - 1);
    }

   private:
    CountingDevice& device_;
  };

  std::chrono::microseconds duration_;
};

}  // namespace assay
