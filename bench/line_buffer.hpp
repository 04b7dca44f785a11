// Bytes as they come from a descriptor, cut into lines of bounded length.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

class LineBuffer {
 public:
  explicit LineBuffer(std::size_t longest) : longest_(longest) {}

  void append(std::string_view bytes) { bytes_.append(bytes); }

  // The next whole line without its end; nothing until one is there.
  [[nodiscard]] std::optional<std::string> take() {
    const std::size_t end = bytes_.find('\n', searched_);
    if (end == std::string::npos) {
      searched_ = bytes_.size();
      return std::nullopt;
    }
    std::string line = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    searched_ = 0;
    return line;
  }

  // The line that is being received is longer than allowed.
  [[nodiscard]] bool overflowed() const { return searched_ > longest_; }

 private:
  std::size_t longest_;
  std::size_t searched_ = 0;  // no line ends before this
  std::string bytes_;
};

}  // namespace assay
