// matmul by oneDNN's matmul primitive.
//
// Scales, dequantisation, bias and activation are attributes of the primitive. Weights of
// constant:1 take the layout that oneDNN asks for, packed in bind(); other weights are used as
// stored. A batch is one primitive where oneDNN has a fast one, and otherwise a primitive per
// element, run one after the other within a call.
//
// Weight-only formats need their scales as f32 of [k / G, n], which bind() may make only for
// constant:1. s8 and u8 need a processor with VNNI: without, oneDNN's sums saturate.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

#include "backends/backend.hpp"

namespace assay::onednn {

[[nodiscard]] Support supports_primitive(const Problem& problem, const dnnl::engine& engine);
// Whether oneDNN would run its slow reference implementation; for supported problems.
[[nodiscard]] bool is_fallback(const Problem& problem, const dnnl::engine& engine);
// For supported problems. Implementation: oneDNN's name of it, "brg_matmul:avx512_core_bf16";
// a reference implementation's name starts with "ref".
[[nodiscard]] std::unique_ptr<Prepared> prepare_primitive(const Problem& problem,
                                                          const dnnl::engine& engine);

}  // namespace assay::onednn
