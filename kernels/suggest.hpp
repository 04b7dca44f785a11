// "unknown word; did you mean …": the nearest of a list of right words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay {

// The word without capitals, of ASCII.
[[nodiscard]] std::string lower(std::string_view word);

// The candidate with the smallest edit distance, capitals aside, or an empty view if none is near
// (distance above a third of the longer word, and 2, or 1 for words of up to three letters).
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

// "unknown <what> '<word>'; did you mean '<nearest>'?" or "…; known: a, b, c"; of
// many candidates, those that contain it or are nearest: "…; nearest of 75: a, b, c, d, e".
[[nodiscard]] std::string unknown_word(std::string_view what, std::string_view word,
                                       std::span<const std::string_view> candidates);

// "group:48 doesn't divide k:64; nearest: 32, 64", of the divisors within 4096 that are multiples of the
// last argument. All numbers are positive.
[[nodiscard]] std::string no_divisor(std::string_view key, std::int64_t value,
                                     std::string_view of_key, std::int64_t of,
                                     std::int64_t multiple = 1);

}  // namespace assay
