// The clock that a driver reports, as devices carry it among their notes.
#pragma once

#include <string_view>

namespace assay {

inline constexpr std::string_view clock_note = "clock MHz";

// That note's text in hertz; 0 for what is no number above 0.
[[nodiscard]] double hertz_of_clock_note(std::string_view megahertz);

}  // namespace assay
