// Comparison: the scaled dot-product attention of oneDNN's Graph API.
//
// MatMul, Multiply, Add (the causal mask), SoftMax, MatMul, which the library must take as one
// partition; heads of a group are a dimension of their own. It keeps a whole score matrix per head
// in flight and skips no masked tile.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

#include "backends/backend.hpp"

namespace assay::onednn {

[[nodiscard]] Support supports_graph_sdpa(const Problem& problem, const dnnl::engine& engine);
// Implementation: "graph_sdpa:avx512_core_bf16", with oneDNN's instruction set.
[[nodiscard]] std::unique_ptr<Prepared> prepare_graph_sdpa(const Problem& problem,
                                                           const dnnl::engine& engine);

}  // namespace assay::onednn
