// Messages for people, on one line of a terminal.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// Whatever a user typed, a file holds or a driver said. Ends of lines and tabs are spaces; what else would
// steer a terminal, and bytes that are no UTF-8, are written as \xNN; what is very long is cut.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace assay
