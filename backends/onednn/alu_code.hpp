// The inner loops of alu, one per number of accumulators, width and instruction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/alu.hpp"

namespace assay::onednn {

// accumulators x width chains from their start to their end.
struct AluBlock {
  const std::byte* x = nullptr;
  std::byte* out = nullptr;
  const std::byte* a = nullptr;  // as in the kernel's definition
  const std::byte* b = nullptr;  // likewise; with loads, its first rows stand behind the last again
  std::int64_t first = 0;        // number of the first chain
  std::int64_t steps = 0;        // even
};

struct AluCode {
  void (*run)(const AluBlock& block) = nullptr;  // null: there is none, see `missing`
  int accumulators = 0;  // chains that are advanced at the same time, in vectors (tiles)
  int width = 0;         // chains of a vector
  std::string isa;
  std::string missing;
};

// Chains that don't fit registers would be the throughput of storing and loading them. The others hold
// what a step needs.
inline constexpr int most_of_16_registers = 12;

using AluRun = void (*)(const AluBlock& block);

// What the shape asks for, or the best there is, of an instruction set; without code yet.
[[nodiscard]] AluCode laid_out(const AluShape& shape, std::string isa, int accumulators, int width);
// With the reason where there is no code.
[[nodiscard]] AluCode or_missing(AluCode code, const AluShape& shape);

// For the shape's path, dtype, accumulators, width and loads; 0 is the best there is. Only code that
// runs here, within the instruction set that oneDNN is limited to.
[[nodiscard]] AluCode find_alu_fma(const AluShape& shape);
[[nodiscard]] AluCode find_alu_half(const AluShape& shape);
[[nodiscard]] AluCode find_alu_add(const AluShape& shape);
// vector_bytes: no wider vectors than that; 0: any.
[[nodiscard]] AluCode find_alu_dot(const AluShape& shape, int vector_bytes);
[[nodiscard]] AluCode find_alu_matrix(const AluShape& shape);

#if defined(__x86_64__)
// The code for one instruction set, whether it runs here or not.
[[nodiscard]] AluCode avx_code(const AluShape& shape);          // f32.fma, two instructions
[[nodiscard]] AluCode avx_vnni_code(const AluShape& shape);     // s8.dot
[[nodiscard]] AluCode avx512_fp16_code(const AluShape& shape);  // f16.fma
[[nodiscard]] AluCode amx_code(const AluShape& shape);          // bf16, f16, s8.matrix
#endif

// f32.fma of ARM's SVE, in registers only.
[[nodiscard]] AluCode sve_code(const AluShape& shape);

}  // namespace assay::onednn
