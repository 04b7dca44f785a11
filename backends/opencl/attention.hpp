// attention on an OpenCL device.
#pragma once

#include <memory>
#include <string_view>

#include "backends/opencl/session.hpp"
#include "kernels/attention.hpp"

namespace assay::opencl {

[[nodiscard]] Support supports_attention(const Session& session, const Problem& problem,
                                         std::string_view variant);
[[nodiscard]] std::unique_ptr<Prepared> prepare_attention(const Session& session,
                                                          const Problem& problem,
                                                          std::string_view variant);

}  // namespace assay::opencl
