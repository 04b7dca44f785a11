// What a call on a problem's tensors can touch: the bounds of Bound::touched_bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/problem.hpp"

namespace assay {

struct TouchedBytes {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

// At least the output. At most 16 times the tensors: four-bit weights kept as floats are 8 times
// theirs, and padding comes on top; of small problems padding is most, hence the 32 KiB. A ring of
// the most sets is cold with more than these, so that nothing larger makes a case look colder.
[[nodiscard]] inline TouchedBytes plausible_touched(const Problem& problem) {
  constexpr std::uint64_t padded = std::uint64_t{32} << 10U;
  return {problem.output().bytes(), std::max(16 * std::uint64_t{problem.bytes()}, padded)};
}

}  // namespace assay
