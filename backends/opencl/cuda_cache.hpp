// The size of an NVIDIA GPU's second-level cache, which its OpenCL doesn't tell: what it gives as the
// device's cache is the sum of the first-level ones.
#pragma once

#include <array>
#include <cstdint>

namespace assay::opencl {

// Of the GPU with that UUID, by CUDA's driver in `file`, opened at run time. 0 where that can't be had.
[[nodiscard]] std::int64_t cuda_cache_bytes(const std::array<unsigned char, 16>& uuid,
                                            const char* file = "libcuda.so.1");

}  // namespace assay::opencl
