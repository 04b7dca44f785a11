#include "bench/case.hpp"

#include <algorithm>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

// Far above any real name; a bound for what later goes into regular expressions and file names.
constexpr std::size_t longest_part = 200;

void check_part(std::string_view what, std::string_view text, std::string_view name) {
  const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '\'' && c != '/'; };
  if (text.empty()) {
    throw usage_error("'" + std::string(name) + "': no " + std::string(what) + " after '" +
                      (what == "device" ? "@" : "+") + "'");
  }
  if (text.size() > longest_part || !std::ranges::all_of(text, fits)) {
    throw usage_error("'" + std::string(name.substr(0, longest_part)) + "': the " +
                      std::string(what) + " must be up to 200 letters, digits or -_.:=");
  }
}

}  // namespace

std::string case_name(const Case& c) {
  std::string text = problem_name(c.problem);
  if (!c.device.empty()) text += "@" + c.device;
  if (!c.variant.empty()) text += "+" + c.variant;
  return text;
}

Case parse_case(std::string_view name) {
  Case c;
  std::string_view problem = name;
  // Behind the last key; a '+' before it is a number's.
  const std::size_t last = name.rfind('/');
  const std::size_t from = last == std::string_view::npos ? 0 : last;
  if (const std::size_t plus = name.find('+', from); plus != std::string_view::npos) {
    c.variant = name.substr(plus + 1);
    check_part("variant", c.variant, name);
    problem = name.substr(0, plus);
  }
  if (const std::size_t at = problem.find('@'); at != std::string_view::npos) {
    c.device = problem.substr(at + 1);
    check_part("device", c.device, name);
    problem = problem.substr(0, at);
  }
  c.problem = parse_problem(problem);
  return c;
}

}  // namespace assay
