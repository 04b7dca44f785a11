// The one exception type of the project.
//
// Expected outcomes (an unsupported case, a wrong answer) are values. Error is for what is broken:
// bad input from the user, a driver that fails, a file that can't be written.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace assay {

class Error : public std::runtime_error {
 public:
  enum class Kind {
    usage,     // the user's input: exit code 64
    file,      // a file that can't be read or written
    device,    // a driver or library call failed
    memory,    // host or device memory ran out
    program,   // a device's compiler refuses a program: the same every time
    internal,  // a bug of ours: exit code 70
  };

  // `message` is one line. `detail` may hold a long log (a compiler's output) for the record.
  Error(Kind kind, const std::string& message, std::string detail = {})
      : std::runtime_error(message), kind_(kind), detail_(std::move(detail)) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& detail() const { return detail_; }

 private:
  Kind kind_;
  std::string detail_;
};

[[nodiscard]] inline Error usage_error(const std::string& message) {
  return Error(Error::Kind::usage, message);
}

}  // namespace assay
