// matmul by CLBlast's GEMM, GEMV for a single row.
#pragma once

#include <memory>
#include <string_view>

#include "backends/opencl/session.hpp"
#include "kernels/matmul.hpp"

namespace assay::clblast {

[[nodiscard]] bool has_half(const DeviceInfo& info);

[[nodiscard]] Support supports_matmul(const opencl::Session& session, const Problem& problem);
[[nodiscard]] std::unique_ptr<Prepared> prepare_matmul(const opencl::Session& session,
                                                       const Problem& problem);
// For the Bounds of prepare_matmul.
[[nodiscard]] std::unique_ptr<Queue> make_clblast_queue(const opencl::Session& session);

}  // namespace assay::clblast
