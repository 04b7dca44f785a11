// One GPU: its memory, stream and library handle.
#pragma once

#include <memory>

#include "backends/backend.hpp"
#include "backends/cublas/libraries.hpp"

namespace assay::cublas {

// Shared by everything on one GPU. The context is the device's primary one.
struct Gpu {
  Gpu(const Libraries& opened, CUdevice device);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  // Makes the context the calling thread's.
  void activate() const;

  const Driver& driver;
  const Lt& lt;
  CUdevice device;
  CUcontext context = nullptr;
  cublasLtHandle_t handle = nullptr;
};

class Memory final : public Buffer {
 public:
  Memory(const Gpu& gpu, std::size_t bytes);
  ~Memory() override;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  [[nodiscard]] std::size_t size() const override { return size_; }
  [[nodiscard]] CUdeviceptr get() const { return address_; }

 private:
  const Gpu& gpu_;
  std::size_t size_;
  CUdeviceptr address_ = 0;
};

// A bound kernel that is started on a stream.
class StreamBound : public Bound {
 public:
  virtual void start(CUstream stream) const = 0;
};

[[nodiscard]] DeviceInfo describe(const Libraries& libraries, CUdevice device, int ordinal);
[[nodiscard]] std::unique_ptr<Device> make_device(const Libraries& libraries, CUdevice device,
                                                  int ordinal);

}  // namespace assay::cublas
