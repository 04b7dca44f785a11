// Which case names a run keeps.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace assay {

// A regular expression (ECMAScript) found anywhere in the name; a leading '-' turns it round, as in
// Google Benchmark. Usage Error for what is no regular expression, or is longer than 1000
// characters (a long one can exhaust the stack of the standard library's matcher).
class NameFilter {
 public:
  explicit NameFilter(std::string_view pattern);
  ~NameFilter();
  NameFilter(NameFilter&&) noexcept;
  NameFilter& operator=(NameFilter&&) noexcept;

  // Usage Error where matching is too complex; names above 1000 characters count as their start.
  [[nodiscard]] bool keeps(std::string_view name) const;
  [[nodiscard]] const std::string& pattern() const { return pattern_; }

 private:
  struct Regex;
  std::string pattern_;
  bool negated_ = false;
  std::unique_ptr<const Regex> regex_;  // none: keeps everything
};

}  // namespace assay
