// Ctrl-C, SIGTERM and SIGHUP as a flag, while one of these lives.
#pragma once

#include <atomic>
#include <string_view>

namespace assay {

// What a verb says that has nothing to keep.
inline constexpr std::string_view interrupted_line = "assay: interrupted\n";

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // A further signal, a second later or more, ends the program at once.
  [[nodiscard]] const std::atomic<bool>& flag() const;
  void set();  // as if a signal had come
};

}  // namespace assay
