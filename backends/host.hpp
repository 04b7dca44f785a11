// The parts that all backends on the host's processor share: buffers in host memory, and a queue
// that runs calls where it is asked to.
#pragma once

#include <memory>
#include <string>

#include "backends/backend.hpp"
#include "backends/guarded_memory.hpp"
#include "backends/large_pages.hpp"

namespace assay {

// 64-byte aligned memory that is not touched on allocation (large_pages.hpp).
// With the environment variable ASSAY_GUARD_PAGES it lies between guard pages (guarded_memory.hpp):
// how conformance finds kernels that write past their buffers.
class HostBuffer final : public Buffer {
 public:
  explicit HostBuffer(std::size_t bytes);
  [[nodiscard]] std::size_t size() const override { return size_; }
  [[nodiscard]] std::byte* data() { return guarded_ ? guarded_->data() : data_.get(); }
  [[nodiscard]] const std::byte* data() const { return guarded_ ? guarded_->data() : data_.get(); }
  // False if something was written just outside; always true without guard pages.
  [[nodiscard]] bool intact() const { return !guarded_ || guarded_->intact(); }

 private:
  std::size_t size_;
  HostMemory data_;
  std::unique_ptr<GuardedMemory> guarded_;  // in place of data_
};

// The memory behind a buffer that a HostDevice allocated.
[[nodiscard]] std::byte* host_data(Buffer& buffer);

// A bound kernel that runs on the calling thread (and whatever threads it starts).
class HostBound : public Bound {
 public:
  virtual void call() = 0;
};

// Implements everything but supports() and prepare(); the Bounds it is given are HostBounds.
class HostDevice : public Device {
 public:
  explicit HostDevice(DeviceInfo info) : info_(std::move(info)) {}
  [[nodiscard]] const DeviceInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Buffer> allocate(std::size_t bytes) override;
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override;
  void copy_out(const Buffer& buffer, std::span<std::byte> data) override;
  [[nodiscard]] std::unique_ptr<Queue> queue() override;

 private:
  DeviceInfo info_;
};

// The host's processor: model, hardware identity, memory, last-level cache. Name, ordinal "0",
// driver and dtypes are left to the backend.
[[nodiscard]] DeviceInfo host_device_info();

}  // namespace assay
