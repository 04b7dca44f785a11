// Chains of multiply-adds on an OpenCL device: what its arithmetic units deliver.
#pragma once

#include <memory>

#include "backends/opencl/session.hpp"

namespace assay::opencl {

[[nodiscard]] Support supports_alu(const Session& session, const Problem& problem);
// Implementation: "chains_24x16:fma": accumulators x width of a work-item, what a step is made of.
[[nodiscard]] std::unique_ptr<Prepared> prepare_alu(const Session& session, const Problem& problem);

}  // namespace assay::opencl
