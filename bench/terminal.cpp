#include "bench/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

namespace assay {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool locale_is_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    locale = variable(name);
    if (!locale.empty()) break;
  }
  std::ranges::transform(locale, locale.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

int width_of(int fd) {
  winsize size{};
  if (is_terminal(fd) && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  const std::string columns = variable("COLUMNS");
  int width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width > 0 ? std::min(width, 1000) : ReportStyle{}.width;
}

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool has_live_line(int fd) { return is_terminal(fd) && variable("TERM") != "dumb"; }

ReportStyle terminal_style(int fd) {
  ReportStyle style;
  style.colour = has_live_line(fd) && variable("NO_COLOR").empty();
  style.width = width_of(fd);
  style.unicode = locale_is_utf8();
  return style;
}

}  // namespace assay
