// matmul through a oneDNN primitive of other types, where oneDNN has none of the problem's own.
//
//   f16          a is converted to f32 and the output from it, within the call; b stays f16, in the
//                packed form of oneDNN's f32 x f16, or is f32 for deep products
//   bf16         likewise, on processors without instructions for it; b is f32 then
//   weight-only  blocks of columns are dequantised within the call, to bf16 for bf16 activations
//                where the processor multiplies it and to f32 otherwise, and multiplied by a
//                primitive for plain matrices. A block stays in the caches.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

#include "backends/backend.hpp"

namespace assay::onednn {

[[nodiscard]] Support supports_converted(const Problem& problem, const dnnl::engine& engine);
// Implementation: "converted:" and oneDNN's name of the primitive.
[[nodiscard]] std::unique_ptr<Prepared> prepare_converted(const Problem& problem,
                                                          const dnnl::engine& engine);

}  // namespace assay::onednn
