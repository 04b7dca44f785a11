#include "bench/clock_note.hpp"

#include <charconv>

namespace assay {

double hertz_of_clock_note(std::string_view megahertz) {
  double mhz = 0;
  const char* const end = megahertz.data() + megahertz.size();
  const auto [stop, code] = std::from_chars(megahertz.data(), end, mhz);
  return code == std::errc{} && stop == end && mhz > 0 ? mhz * 1e6 : 0;
}

}  // namespace assay
