// What a comparison can see: effects, blocks and power of a one-sided test of paired differences.
//
// By the noncentral t distribution (Johnson and Welch, Biometrika 31, 1940): with noise s per block,
// power(effect) = P(t'_{n-1}(effect sqrt(n) / s) > t_{1-level, n-1}). The sign-flip test with bounded
// scores has nearly the same power under normal noise. Effects and noise are logarithms.
#pragma once

#include <cstddef>

namespace assay {

// Power of the one-sided test at `level` with `blocks` >= 2 blocks; 0 where 2^-blocks > level, as
// then the exact test can't reject.
[[nodiscard]] double paired_power(double effect, double noise, std::size_t blocks, double level);

// The fewest blocks, up to `most`, that reach `power`; `most` + 1 if none does.
[[nodiscard]] std::size_t blocks_needed(double effect, double noise, double level, double power,
                                        std::size_t most);

// The smallest effect that is found with `power`; infinity where the blocks are too few.
[[nodiscard]] double visible_effect(double noise, std::size_t blocks, double level, double power);

}  // namespace assay
