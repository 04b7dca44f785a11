// alu: chains of dependent multiply-adds, the most that an instruction path of a device delivers.
//
//   tensor   shape                                    dtype
//   x        [chains]        where each chain starts  sum
//   a        [2, depth]      factors                  dtype
//   b        [2, depth]      factors or terms         dtype   loads:0
//   b        [4096, depth]   the same                 dtype   loads:1
//   out      [chains]        where each chain ends    sum
//   (path add has no b)
//
// Chain i takes `steps` steps, each `depth` multiply-adds, with a_t = a[t mod 2] and
// b_t = b[t mod 2], or b[(i + 16 t) mod 4096] with loads:1, so that every step of every chain reads
// an operand from memory (the first level cache) and none can be kept in a register:
//   path fma:     x <- a_t x + b_t                    depth 1, sum = dtype
//   path dot:     x <- x + sum_l a_t[l] b_t[l]        depth 4 bytes of dtype; sum f32, s32 for s8
//   path matrix:  the same over a depth of 32 bytes: the tile of one matrix instruction
//   path add:     x <- x + a_t                        s32, no multiplication, counted as one
//                 operation: one chain of these takes a clock cycle a step on every processor that
//                 we know, so its rate is the clock's
//
// The same coefficients serve all chains, so that registers are left for the chains; the chains
// differ in where they start, and where they end depends on it (but for f16, see below). Nothing
// can be left out: the coefficients are data, and the end is checked.
//
// How chains are laid out on the device is the caller's choice, for sweeps; 0 is the backend's best:
//   units         hardware threads or work-groups that share the chains
//   items         work-items of a work-group (devices that have such)
//   accumulators  chains that one thread or work-item advances at the same time, in vectors
//   width         elements of one vector
//
// fma: a_0 = -(1 - d), a_1 = 1 - d' with d, d' in [1/2, 1] / steps, so that a chain forgets neither
// its start nor its steps; every partial value is at most |x| + |b_0| + |b_1| (loads: |x| + steps
// max |b|, the terms being steps times smaller). f16 forgets what lies more than 128 steps back.
// Tolerance: each step rounds once (a dot product twice: two halves), and all errors may be alike,
// since a chain near its fixed point repeats itself:
//   |y - ref| <= roundings u_sum steps (largest partial value); s32 is exact.
#pragma once

#include <cstdint>

#include "kernels/kernel.hpp"

namespace assay {

inline constexpr std::int64_t alu_table = 4096;  // rows of b with loads:1
inline constexpr std::int64_t alu_shift = 16;    // rows between two steps

struct AluShape {
  enum class Path : std::uint8_t { fma, dot, matrix, add };
  DType dtype = DType::f32;
  DType sum = DType::f32;
  Path path = Path::fma;
  std::int64_t depth = 1;
  std::int64_t chains = 0;
  std::int64_t steps = 0;
  std::int64_t units = 0, items = 0, accumulators = 0, width = 0;
  bool loads = false;
};
[[nodiscard]] AluShape alu_shape(const Problem& problem);

[[nodiscard]] Kernel alu_kernel();

}  // namespace assay
