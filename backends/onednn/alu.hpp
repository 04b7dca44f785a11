// Chains of multiply-adds on the processor: what its vector units deliver.
//
// f32 fma is written with Highway, for every instruction set it finds here, and with the two instructions
// of AVX; dot products with the x86 instructions vdpbf16ps and vpdpbusd, f16 fma with vfmadd213ph, matrix
// products with tiles (AMX). Threads (OpenMP) share blocks of accumulators x width chains, each thread
// advancing one block at a time in registers.
//
// An instruction set that oneDNN, or another library, may multiply with and that is missing here has no
// ceiling; a narrower one's would be exceeded.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string_view>

#include "backends/backend.hpp"

namespace assay::onednn {

// There are no variants.
[[nodiscard]] Support supports_alu(const Problem& problem, std::string_view variant,
                                   const dnnl::engine& engine);
// Implementation: "chains_24x16:avx512_bf16": accumulators x width, instruction set.
[[nodiscard]] std::unique_ptr<Prepared> prepare_alu(const Problem& problem,
                                                    std::string_view variant,
                                                    const dnnl::engine& engine);

}  // namespace assay::onednn
