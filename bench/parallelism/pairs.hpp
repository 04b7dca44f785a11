// Which two logical processors are worth trying: all pairs would be too many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace assay {

using ProcessorPair = std::pair<std::int64_t, std::int64_t>;

// At most `most` pairs of `processors` (in rising order), the likeliest siblings first: those that the
// system `reported`, then i and i + n / 2, as Linux numbers siblings, in turns with 2 i and 2 i + 1, as
// virtual machines do; then the first processor with each other one.
[[nodiscard]] std::vector<ProcessorPair> candidate_pairs(std::span<const std::int64_t> processors,
                                                         std::span<const ProcessorPair> reported,
                                                         std::size_t most);

}  // namespace assay
