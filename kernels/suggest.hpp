// "unknown word; did you mean …": the nearest of a list of right words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace assay {

// The candidate with the smallest edit distance, or an empty view if none is near (distance above
// a third of the longer word, and 2, or 1 for words of up to three letters).
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

// "unknown <what> '<word>'; did you mean '<nearest>'?" or "…; known: a, b, c"; of
// many candidates, those that contain it or are nearest: "…; nearest of 75: a, b, c, d, e".
[[nodiscard]] std::string unknown_word(std::string_view what, std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace assay
