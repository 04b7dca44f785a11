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
  int accumulators = 0;
  int width = 0;
  std::string isa;
  std::string missing;
};

// The most that any code advances at the same time.
inline constexpr std::int64_t most_chains = 24 * 16;

// For the shape's path, dtype, accumulators, width and loads; 0 is the best there is.
[[nodiscard]] AluCode find_alu_fma(const AluShape& shape);
[[nodiscard]] AluCode find_alu_add(const AluShape& shape);
// vector_bytes: no wider vectors than that; 0: any.
[[nodiscard]] AluCode find_alu_dot(const AluShape& shape, int vector_bytes);

}  // namespace assay::onednn
