// What oneDNN says about itself and the processor.
#pragma once

#include <string>
#include <string_view>

#include "kernels/dtype.hpp"

namespace assay::onednn {

[[nodiscard]] std::string library_version();    // "3.7.2"
[[nodiscard]] std::string threading_runtime();  // "OMP", "TBB", "sequential", "thread pool"

// The instruction set that oneDNN dispatches to (ONEDNN_MAX_CPU_ISA lowers it), by the names of its
// implementations: "avx512_core_bf16".
[[nodiscard]] std::string effective_isa();

// Width of the vectors of that instruction set; 0 where it isn't limited or not an x86 one.
[[nodiscard]] int effective_vector_bytes();

// Whether it has vectors of 256 bits for f32.
[[nodiscard]] bool has_avx();

// Whether it multiplies and adds in one instruction.
[[nodiscard]] bool has_fma();

// Whether its 8-bit products are summed exactly. Without VNNI, x86 adds pairs of them in 16 bits,
// which saturate (oneDNN's guide, "Nuances of int8 Computations").
[[nodiscard]] bool sums_int8_exactly();

// The path (Prepared::path) of an implementation of oneDNN's for operands of that type, by the
// instruction set in its name ("brg_matmul:avx512_core_bf16"); empty if it can't be told. Never one
// whose products are narrower than those it may take: its ceiling would be too low.
[[nodiscard]] std::string instruction_path(DType dtype, std::string_view implementation);

// Whether that instruction set multiplies bfloat16.
[[nodiscard]] bool has_bf16_products();

// Whether it has matrix instructions (AMX) for operands of that type.
[[nodiscard]] bool has_matrix_products(DType dtype);

}  // namespace assay::onednn
