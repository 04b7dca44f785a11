// Problems that every backend must get right, where it supports them: names over awkward shapes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

// About 150 problems of less than 10^6 multiply-adds each: every dtype, layout, quantisation and
// epilogue; sizes of 1, primes, one more than every usual tile; GQA of 1, 4, 7 and 8; one key, more
// queries than keys, head sizes of 64 to 256.
[[nodiscard]] std::vector<std::string> conformance_shapes();

// A few of 10^6 multiply-adds and more, for what changes with size: blocks of k, several tiles, the
// second path of a library.
[[nodiscard]] std::vector<std::string> large_shapes();

// Of alu and stream, by which ceilings are measured.
[[nodiscard]] std::vector<std::string> probe_shapes();

// One problem per kernel and dtype: for runs that are 50 times slower.
[[nodiscard]] std::vector<std::string> sanitize_shapes();

// `count` further problems of the same size, from the seed alone: any valid combination of keys.
[[nodiscard]] std::vector<std::string> random_shapes(std::uint64_t seed, std::int64_t count);

}  // namespace assay
