// What OpenCL tells about a device, in the terms of the backend interface.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "backends/opencl/loader.hpp"

namespace assay::opencl {

// The platform's devices of every type, in its order; empty if it has none.
[[nodiscard]] std::vector<cl_device_id> devices_of(const Platform& platform);

[[nodiscard]] DeviceInfo describe(const Platform& platform, cl_device_id device,
                                  std::string ordinal);

// What shapes our kernels.
struct Limits {
  std::size_t local_memory = 0;  // bytes of a work-group
  std::size_t work_group = 0;    // work-items of a work-group
  int vector_width = 4;          // floats that a register holds: 4, 8 or 16
  bool fma = false;              // fused multiply-add in single precision
};
[[nodiscard]] Limits limits_of(const Api& api, cl_device_id device);

}  // namespace assay::opencl
