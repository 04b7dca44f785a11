// Arrays read and written in order by all threads: what caches and memory deliver.
//
// Threads (OpenMP) own equal runs of whole blocks and pass through them as often as asked, each at
// its own speed. Written with Highway; triad_nt writes past the caches where the processor can.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string_view>

#include "backends/backend.hpp"

namespace assay::onednn {

// There are no variants.
[[nodiscard]] Support supports_stream(const Problem& problem, std::string_view variant,
                                      const dnnl::engine& engine);
// Implementation: "stream:avx512".
[[nodiscard]] std::unique_ptr<Prepared> prepare_stream(const Problem& problem,
                                                       std::string_view variant,
                                                       const dnnl::engine& engine);

}  // namespace assay::onednn
