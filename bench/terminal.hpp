// What the terminal at a descriptor can show.
#pragma once

#include "bench/reporters.hpp"

namespace assay {

[[nodiscard]] bool is_terminal(int fd);

// Whether a line there can be replaced by another one: a terminal that isn't dumb.
[[nodiscard]] bool has_live_line(int fd);

// Colour only on a terminal that isn't dumb, and never where NO_COLOR is set; the terminal's width,
// else COLUMNS, else 100; Unicode where the locale's character set (LC_ALL, LC_CTYPE, LANG) is
// UTF-8.
[[nodiscard]] ReportStyle terminal_style(int fd);

}  // namespace assay
