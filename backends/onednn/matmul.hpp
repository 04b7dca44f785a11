// matmul: which of the ways to compute it runs.
//
//   brgemm      oneDNN's matmul primitive (matmul_primitive.hpp)
//   converted   the same on other types than the problem's (matmul_converted.hpp)
//   gemv        vector code of our own for few rows (matmul_gemv.hpp)
//
// Without a variant the faster one runs, by the rule in matmul.cpp, or the one that can.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string_view>

#include "backends/backend.hpp"

namespace assay::onednn {

// Implementations that can be asked for by name, separated by spaces.
inline constexpr std::string_view matmul_variants = "brgemm converted gemv";

// `variant` is one of them or "".
[[nodiscard]] Support supports_matmul(const Problem& problem, std::string_view variant,
                                      const dnnl::engine& engine);
[[nodiscard]] std::unique_ptr<Prepared> prepare_matmul(const Problem& problem,
                                                       std::string_view variant,
                                                       const dnnl::engine& engine);

}  // namespace assay::onednn
