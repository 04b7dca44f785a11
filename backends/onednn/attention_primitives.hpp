// Comparison: attention as three oneDNN primitives, matmul + softmax + matmul.
//
// Scores are a whole matrix per KV head, in f32; scale and mask are post-ops of the first matmul.
// Several KV heads make one batch of the primitives, as many as keep the scores small.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

#include "backends/backend.hpp"

namespace assay::onednn {

// No for a KV cache of another type than the queries, where oneDNN lacks a matmul of the type, and
// for rows that see no key, whose softmax is undefined.
[[nodiscard]] Support supports_primitives(const Problem& problem, const dnnl::engine& engine);
// Implementation: "primitives:brg_matmul:avx512_core", by the first matmul; it starts with "ref"
// where one of the three is oneDNN's reference.
[[nodiscard]] std::unique_ptr<Prepared> prepare_primitives(const Problem& problem,
                                                           const dnnl::engine& engine);

}  // namespace assay::onednn
