// What oneDNN says about itself and the processor.
#pragma once

#include <string>

namespace assay::onednn {

[[nodiscard]] std::string library_version();    // "3.7.2"
[[nodiscard]] std::string threading_runtime();  // "OMP", "TBB", "sequential", "thread pool"

// The instruction set that oneDNN dispatches to (ONEDNN_MAX_CPU_ISA lowers it), by the names of its
// implementations: "avx512_core_bf16".
[[nodiscard]] std::string effective_isa();

// Width of the vectors of that instruction set; 0 where it isn't limited or not an x86 one.
[[nodiscard]] int effective_vector_bytes();

// Whether it has dot products of bf16, or isn't limited.
[[nodiscard]] bool multiplies_bf16();

// Whether its 8-bit products are summed exactly. Without VNNI, x86 adds pairs of them in 16 bits,
// which saturate (oneDNN's guide, "Nuances of int8 Computations").
[[nodiscard]] bool sums_int8_exactly();

}  // namespace assay::onednn
