// matmul by cublasLtMatmul.
#pragma once

#include <memory>

#include "backends/cublas/device.hpp"
#include "kernels/matmul.hpp"

namespace assay::cublas {

[[nodiscard]] Support supports_matmul(const Gpu& gpu, const DeviceInfo& info,
                                      const Problem& problem);
[[nodiscard]] std::unique_ptr<Prepared> prepare_matmul(const Gpu& gpu, const Problem& problem);

// scale.ptx, which turns the sums of s8 products into scaled outputs.
extern const char scale_ptx[];

}  // namespace assay::cublas
