// A child process that is spoken to in lines over a socket of its own.
//
// It leads a process group, so that a terminal's Ctrl-C doesn't reach it and that killing it takes
// what it started along; it dies with the thread that started it. What it writes to standard output
// and error is kept, the end of it only.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/line_buffer.hpp"

namespace assay {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset();
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct ProcessOptions {
  std::string executable;
  std::vector<std::string> arguments;                            // after the program's name
  std::vector<std::pair<std::string, std::string>> environment;  // added, or put in place
  std::size_t longest_line = std::size_t{1} << 20U;
};

class Process {
 public:
  using Clock = std::chrono::steady_clock;

  // Descriptors of the child that lines come from and go to.
  static constexpr int child_in = 3;
  static constexpr int child_out = 4;

  // Error(file) if the program can't be started.
  explicit Process(const ProcessOptions& options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it

  // False if the child no longer listens.
  [[nodiscard]] bool send(std::string_view line);

  struct Received {
    enum class What { line, closed, timeout, too_long, interrupted } what = What::closed;
    std::string line;
  };
  // Waits for a line until `deadline`, or until `interrupted` (may be null) is set.
  [[nodiscard]] Received receive(Clock::time_point deadline, const std::atomic<bool>* interrupted);

  // Gives the child `patience` to end by itself, kills it otherwise, and says how it ended:
  // "signal 11 (segmentation fault)", "exit status 3", "killed by us". Repeatable.
  const std::string& end(std::chrono::milliseconds patience);

  // Processor time that the child has used so far; 0 once it has ended.
  [[nodiscard]] double cpu_seconds() const;

  // The last kilobytes of standard output and error, printable.
  [[nodiscard]] std::string output_tail();

 private:
  void drain_output();
  bool exited_within(std::chrono::milliseconds patience) const;

  pid_t pid_ = -1;
  Descriptor socket_;
  Descriptor output_;
  LineBuffer lines_;
  std::string tail_;
  std::string ending_;  // empty while it runs
};

}  // namespace assay
