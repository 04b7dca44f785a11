// Arrays read and written in order on an OpenCL device: what its caches and memory deliver.
#pragma once

#include <memory>

#include "backends/opencl/session.hpp"

namespace assay::opencl {

[[nodiscard]] Support supports_stream(const Session& session, const Problem& problem);
// Implementation: "stream_64x4": work-items of a group x elements of a load.
[[nodiscard]] std::unique_ptr<Prepared> prepare_stream(const Session& session,
                                                       const Problem& problem);

}  // namespace assay::opencl
