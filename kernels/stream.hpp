// stream: whole arrays read or written in order, the most that a memory delivers.
//
//   op          tensors                                              what a pass does
//   read        in [n], out [n / 4096, rounded up]                   out[j] += sum of in[4096 j …]
//   copy        in [n], out [n]                                      out[i] = in[i]
//   triad       in [n], in2 [n], out [n]                             out[i] = in[i] + 3 in2[i]
//   triad_nt    the same, written past the caches where the device can
//
// All f32. `bytes` is the working set: all arrays of n elements together, n rounded down to whole
// elements. A call makes `passes` passes, so that a small working set isn't hidden behind the cost
// of starting a call; `read` adds up its passes, from 0, so that none can be left out.
// `units` is the number of threads or work-groups, `items` of work-items in a work-group; of `read`,
// `accumulators` is the number of sums that a thread or a work-item advances at the same time, each
// from a place of its own, and `width` the elements of their vectors. 0: the device's best.
//
// Work counts each element once a pass, as STREAM does (McCalpin, 1995): a write that first fetches
// its line moves more than is counted.
// Tolerance, read: sums of 4096 terms in any order, |y - ref| <= 128 u passes sum |in| for u of f32
// (two standard deviations of independent roundings, Higham and Mary, 2019, times root passes);
// copy is exact, triad rounds twice.
#pragma once

#include <cstdint>

#include "kernels/kernel.hpp"

namespace assay {

inline constexpr std::int64_t stream_block = 4096;  // elements that one sum of `read` takes

struct StreamShape {
  enum class Op : std::uint8_t { read, copy, triad, triad_nt };
  Op op = Op::read;
  std::int64_t n = 0;  // elements of each large array
  std::int64_t passes = 1;
  std::int64_t units = 0, items = 0, accumulators = 0, width = 0;
};
[[nodiscard]] StreamShape stream_shape(const Problem& problem);

[[nodiscard]] Kernel stream_kernel();

}  // namespace assay
