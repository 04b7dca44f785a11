// Numbers with units as users write them. All throw a usage Error that names `what`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// "15s", "20ms", "500us", "2min", "1h", or plain seconds "0.5"; more than 0 and up to 1e6 s.
[[nodiscard]] double parse_duration_s(std::string_view what, std::string_view text);

[[nodiscard]] std::int64_t parse_integer(std::string_view what, std::string_view text,
                                         std::int64_t low, std::int64_t high);

// "0.05" or "5%"; more than 0, at most 1.
[[nodiscard]] double parse_fraction(std::string_view what, std::string_view text);

// A decimal number of more than 0 and up to 1e15.
[[nodiscard]] double parse_positive(std::string_view what, std::string_view text);

// "5" is 5 and 5; "5..30" is 5 and 30; from 1 to 1000, in that order.
struct Launches {
  int least = 0;
  int most = 0;
};
[[nodiscard]] Launches parse_launches(std::string_view what, std::string_view text);

}  // namespace assay
