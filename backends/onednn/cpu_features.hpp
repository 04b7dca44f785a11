// What the processor has beyond what compilers can ask it, as the system allows it to be used.
#pragma once

#include "kernels/dtype.hpp"

namespace assay::onednn {

// Dot products of bytes in vectors of 256 bits, without AVX-512.
[[nodiscard]] bool cpu_has_avx_vnni();
// Arithmetic on vectors of f16.
[[nodiscard]] bool cpu_has_avx512_fp16();
// Matrix instructions (AMX) for operands of that type. Asks the system for their registers, which a
// process must before it uses them.
[[nodiscard]] bool cpu_has_amx(DType dtype);

// Bytes of a vector of ARM's SVE; 0: there are none.
[[nodiscard]] int sve_bytes();

}  // namespace assay::onednn
