#include "bench/filter.hpp"

#include <regex>
#include <vector>

#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::size_t longest = 1000;

// The standard library's own texts differ between implementations and say little.
std::string explain(std::regex_constants::error_type code) {
  using namespace std::regex_constants;
  if (code == error_brack) return "unmatched [";
  if (code == error_paren) return "unmatched ( or ), or nothing to repeat";
  if (code == error_brace || code == error_badbrace) return "bad {}";
  if (code == error_badrepeat) return "*, + or ? with nothing before it";
  if (code == error_escape) return "bad escape";
  if (code == error_range) return "bad range";
  if (code == error_backref) return "bad back reference";
  if (code == error_complexity || code == error_stack || code == error_space) return "too complex";
  return "not ECMAScript";
}

// A repeated group that repeats inside, as in (a+)+ or (.*)*: matching what doesn't match may take for ever.
bool repeats_within_repeats(std::string_view pattern) {
  std::vector<bool> repeats = {false};  // of each open group: something in it has no end
  bool inner = false;                   // the same of the group that was just closed
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool closed = i > 0 && pattern[i - 1] == ')' && !in_class;
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(') {
      repeats.push_back(false);
    } else if (c == ')' && repeats.size() > 1) {
      inner = repeats.back();
      repeats.pop_back();
      if (inner) repeats.back() = true;
    } else if (c == '*' || c == '+' ||
               (c == '{' && pattern.substr(i, pattern.find('}', i) - i).ends_with(','))) {
      if (closed && inner) return true;
      repeats.back() = true;
    }
  }
  return false;
}

}  // namespace

struct NameFilter::Regex {
  std::regex expression;
};

NameFilter::NameFilter(std::string_view pattern) : pattern_(pattern) {
  std::string_view expression = pattern;
  if (expression.starts_with('-')) {
    negated_ = true;
    expression.remove_prefix(1);
  }
  if (expression.empty()) {
    if (negated_) throw usage_error("filter '-' has nothing after the '-'");
    return;
  }
  if (expression.size() > longest) {
    throw usage_error("filter '" + std::string(expression.substr(0, 40)) + "…' is longer than " +
                      std::to_string(longest) + " characters");
  }
  if (repeats_within_repeats(expression)) {
    throw usage_error("filter '" + pattern_ +
                      "': a repeated group must not repeat inside, matching could take for ever");
  }
  try {
    regex_ = std::make_unique<const Regex>(
        Regex{std::regex(expression.begin(), expression.end(), std::regex::ECMAScript)});
  } catch (const std::regex_error& error) {
    throw usage_error("filter '" + pattern_ +
                      "' is no regular expression: " + explain(error.code()));
  }
}

NameFilter::~NameFilter() = default;
NameFilter::NameFilter(NameFilter&&) noexcept = default;
NameFilter& NameFilter::operator=(NameFilter&&) noexcept = default;

bool NameFilter::keeps(std::string_view name) const {
  if (regex_ == nullptr) return true;
  const std::string_view start = name.substr(0, longest);
  try {
    return std::regex_search(start.begin(), start.end(), regex_->expression) != negated_;
  } catch (const std::regex_error& error) {
    throw usage_error("filter '" + pattern_ + "': " + explain(error.code()));
  }
}

}  // namespace assay
