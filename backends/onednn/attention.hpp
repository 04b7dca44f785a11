// Flash attention of ours: tiles of scores, online softmax in f32, never a whole score matrix.
//
// Every floating-point type is computed by conversion to f32; kv_dtype:s8 is dequantised tile by
// tile. The rows of all query heads that share a KV head form one list, cut into blocks; threads
// (OpenMP, as many as OMP_NUM_THREADS says when prepare() is called) take blocks, late ones of a
// causal mask first since they are the longest. Memory beyond the tensors: a few tiles per thread.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <string_view>

#include "backends/backend.hpp"

namespace assay::onednn {

// Implementations that can be asked for by name, separated by spaces.
inline constexpr std::string_view attention_variants = "highway brgemm graph-sdpa primitives";

// `variant` is one of them or "".
[[nodiscard]] Support supports_attention(const Problem& problem, std::string_view variant,
                                         const dnnl::engine& engine);
// Implementation: "flash_tiled:avx512", the instruction set being Highway's choice.
[[nodiscard]] std::unique_ptr<Prepared> prepare_attention(const Problem& problem,
                                                          std::string_view variant,
                                                          const dnnl::engine& engine);

// "avx512", "avx2", "sse2", "neon": what the vector code was dispatched to.
[[nodiscard]] std::string attention_target();

}  // namespace assay::onednn
