// Google Benchmark's JSON as other programs write it.
#pragma once

#include <optional>
#include <string_view>

#include "bench/comparison/result_file.hpp"

namespace assay {

// Nothing where the text is no such document, or one of ours. Its repetitions are the "launches";
// where only aggregates were written, the median (or else the mean) is the only one. Error(file) for
// a time that is not positive or has an unknown unit.
[[nodiscard]] std::optional<ResultFile> parse_foreign(std::string_view text);

}  // namespace assay
