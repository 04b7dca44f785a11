// Standard output as a stream that tells what went wrong. Data only; everything else is stderr's.
#pragma once

#include <array>
#include <exception>
#include <ostream>
#include <streambuf>

#include "kernels/error.hpp"

namespace assay {

// The reader of stdout is gone: exit code 141, silently, as for any program in a pipe.
class OutputClosed : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "standard output is closed"; }
};

// The reader is there, but what was to be read isn't: a full disk. Exit code 70.
class OutputFailed : public Error {
 public:
  using Error::Error;
};

class Output : private std::streambuf, public std::ostream {
 public:
  explicit Output(int fd);
  ~Output() override;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Writes what is pending. Throws OutputClosed or OutputFailed.
  void finish();
  // Whether the reader is known to be gone.
  [[nodiscard]] bool closed() const;

 private:
  int overflow(int c) override;
  int sync() override;

  int fd_;
  int error_ = 0;  // errno of the first write that failed; what follows is dropped
  std::array<char, 4096> buffer_{};
};

}  // namespace assay
