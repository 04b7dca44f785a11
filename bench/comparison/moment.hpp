// When records were measured, whatever clock their machine goes by.
#pragma once

#include <string>

namespace assay {

// Seconds since 1970 of an ISO 8601 date and time with its distance from UTC; infinity: none.
[[nodiscard]] double moment_of(const std::string& date);

}  // namespace assay
