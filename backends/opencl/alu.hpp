// Chains of multiply-adds on an OpenCL device: what its arithmetic units deliver.
#pragma once

#include <memory>

#include "backends/opencl/session.hpp"

namespace assay::opencl {

[[nodiscard]] Support supports_alu(const Session& session, const Problem& problem);
[[nodiscard]] bool is_matrix_alu(const Problem& problem);
// Implementation: "chains_24x16:fma": accumulators x width of a work-item, what a step is made of.
[[nodiscard]] std::unique_ptr<Prepared> prepare_alu(const Session& session, const Problem& problem);

// path:matrix: chains of matrix instructions. `checking` also takes a device without any, which then
// computes the same by loops: it shows that the kernel is right, not what a device delivers.
// Implementation: "fragments_8:nvidia.mma": fragments that a sub-group advances, the instruction.
[[nodiscard]] Support supports_alu_matrix(const Session& session, const Problem& problem,
                                          bool checking);
[[nodiscard]] std::unique_ptr<Prepared> prepare_alu_matrix(const Session& session,
                                                           const Problem& problem);

}  // namespace assay::opencl
