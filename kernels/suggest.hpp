// "unknown word; did you mean …": the nearest of a list of right words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace assay {

// The candidate with the smallest edit distance, or an empty view if none is near (distance above
// a third of the longer word, and at least 2).
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

// "unknown <what> '<word>'; did you mean '<nearest>'?" or "…; known: a, b, c".
[[nodiscard]] std::string unknown_word(std::string_view what, std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace assay
