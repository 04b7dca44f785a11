#include "bench/suite.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "bench/quantity.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::size_t most_cases = 100000;

// A piece of a line and where it starts, counted from 1.
struct Token {
  std::string_view text;
  std::size_t column = 1;
  [[nodiscard]] Token from(std::size_t offset, std::size_t length = std::string_view::npos) const {
    return {text.substr(offset, length), column + offset};
  }
};

struct Place {
  std::string_view file;
  std::size_t line;
  const SelectorCheck& check_selector;
};

[[noreturn]] void fail(const Place& place, const Token& token, const std::string& message) {
  throw usage_error(std::string(place.file) + ":" + std::to_string(place.line) + ":" +
                    std::to_string(token.column) + ": " + message);
}

// Runs `what`; its usage Error gets the token's place.
void at(const Place& place, const Token& token, const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::usage) throw;
    fail(place, token, error.what());
  }
}

std::vector<Token> split(const Token& whole, std::string_view separators, bool keep_empty) {
  std::vector<Token> parts;
  std::size_t begin = 0;
  while (begin <= whole.text.size()) {
    const std::size_t end =
        std::min(whole.text.find_first_of(separators, begin), whole.text.size());
    if (keep_empty || end > begin) parts.push_back(whole.from(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// What one choice of one key adds to a case.
struct Choice {
  Parameters parameters;
  std::string device, variant;
};
using Axis = std::vector<Choice>;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "512x4096" -> its sizes; nothing where it isn't two or three of them.
std::vector<std::string> sizes_of(const Token& token) {
  std::vector<std::string> sizes;
  for (const Token& part : split(token, "x", true)) {
    if (!all_digits(part.text)) return {};
    sizes.emplace_back(part.text);
  }
  return sizes.size() == 2 || sizes.size() == 3 ? sizes : std::vector<std::string>{};
}

Choice parse_shape(const Place& place, const Token& token) {
  const std::size_t colon = token.text.find(':');
  std::vector<std::string> a, b;
  if (colon != std::string_view::npos) {
    a = sizes_of(token.from(0, colon));
    b = sizes_of(token.from(colon + 1));
  }
  if (a.empty() || a.size() != b.size()) {
    fail(place, token, "'" + std::string(token.text) + "' must be key=value or MxK:KxN");
  }
  if (a.back() != b[b.size() - 2]) {
    fail(place, token.from(colon + 1),
         "inner sizes differ in '" + std::string(token.text) + "': " + a.back() + " and " +
             b[b.size() - 2]);
  }
  Choice choice;
  if (a.size() == 3) {
    if (a[0] != b[0])
      fail(place, token.from(colon + 1), "batch sizes differ: " + a[0] + ", " + b[0]);
    choice.parameters.emplace_back("batch", a[0]);
  }
  choice.parameters.emplace_back("m", a[a.size() - 2]);
  choice.parameters.emplace_back("k", a.back());
  choice.parameters.emplace_back("n", b.back());
  const Kernel& matmul = *find_kernel("matmul");
  for (const auto& [name, value] : choice.parameters) {
    const auto key =
        std::ranges::find_if(matmul.keys, [&](const Key& k) { return k.name == name; });
    at(place, token, [&, text = value] { check_value(*key, text); });
  }
  return choice;
}

Axis parse_axis(const Place& place, const Kernel& kernel, const Token& token) {
  Axis axis;
  const std::size_t equals = token.text.find('=');
  if (equals == std::string_view::npos) {
    if (kernel.name != "matmul") {
      fail(place, token, "'" + std::string(token.text) + "' must be key=value");
    }
    for (const Token& shape : split(token, ",", true)) axis.push_back(parse_shape(place, shape));
    return axis;
  }
  const std::string name(token.text.substr(0, equals));
  std::vector<std::string_view> known = {"device", "variant"};
  for (const Key& key : kernel.keys) known.push_back(key.name);
  if (std::ranges::find(known, name) == known.end()) {
    fail(place, token, unknown_word("key of " + std::string(kernel.name), name, known));
  }
  for (const Token& value : split(token.from(equals + 1), ",", true)) {
    if (value.text.empty()) fail(place, value, "no value for '" + name + "'");
    const std::string text(value.text);
    Choice choice;
    if (name == "device") {
      if (place.check_selector) at(place, value, [&] { place.check_selector(text); });
      choice.device = text;
    } else if (name == "variant") {
      choice.variant = text == "default" ? "" : text;
    } else {
      const auto key =
          std::ranges::find_if(kernel.keys, [&](const Key& k) { return k.name == name; });
      at(place, value, [&] { check_value(*key, text); });
      choice.parameters.emplace_back(name, text);
    }
    axis.push_back(std::move(choice));
  }
  return axis;
}

// Which keys an axis sets, to reject a second one.
std::vector<std::string> keys_of(const Axis& axis) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : axis.front().parameters) keys.push_back(name);
  if (!axis.front().device.empty()) keys.emplace_back("device");
  return keys;
}

void add_product(const Place& place, const Token& first, const Kernel& kernel,
                 std::span<const Axis> axes, const Choice& so_far, Suite& suite) {
  if (axes.empty()) {
    if (suite.cases.size() >= most_cases) {
      fail(place, first, "more than " + std::to_string(most_cases) + " cases");
    }
    at(place, first, [&] {
      suite.cases.push_back(
          {make_problem(kernel, so_far.parameters), so_far.device, so_far.variant});
    });
    return;
  }
  for (const Choice& choice : axes.front()) {
    Choice next = so_far;
    next.parameters.insert(next.parameters.end(), choice.parameters.begin(),
                           choice.parameters.end());
    if (!choice.device.empty()) next.device = choice.device;
    if (!choice.variant.empty()) next.variant = choice.variant;
    add_product(place, first, kernel, axes.subspan(1), next, suite);
  }
}

void parse_kernel_line(const Place& place, std::span<const Token> tokens, Suite& suite) {
  const Token first = tokens.front();
  const bool bare_shape = first.text.front() >= '0' && first.text.front() <= '9';
  const Kernel* kernel = find_kernel(bare_shape ? "matmul" : first.text);
  if (kernel == nullptr) {
    std::vector<std::string_view> known;
    for (const Kernel& each : kernels()) known.push_back(each.name);
    known.emplace_back("set");
    fail(place, first, unknown_word("kernel", first.text, known));
  }
  std::vector<Axis> axes;
  std::vector<std::string> seen;
  for (const Token& token : tokens.subspan(bare_shape ? 0 : 1)) {
    axes.push_back(parse_axis(place, *kernel, token));
    std::vector<std::string> keys = keys_of(axes.back());
    if (token.text.starts_with("variant=")) keys.emplace_back("variant");
    for (std::string& key : keys) {
      if (std::ranges::find(seen, key) != seen.end()) {
        fail(place, token, "key '" + key + "' is given twice");
      }
      seen.push_back(std::move(key));
    }
  }
  add_product(place, first, *kernel, axes, {}, suite);
}

void parse_set_line(const Place& place, std::span<const Token> tokens, Suite& suite) {
  constexpr std::array<std::string_view, 5> known = {"launches", "min-time", "min-repeats",
                                                     "budget", "precision"};
  for (const Token& token : tokens.subspan(1)) {
    const std::size_t equals = token.text.find('=');
    const std::string_view key = token.text.substr(0, equals);
    if (equals == std::string_view::npos) fail(place, token, "'set' takes key=value");
    if (std::ranges::find(known, key) == known.end()) {
      fail(place, token, unknown_word("setting", key, known));
    }
    const Token value = token.from(equals + 1);
    at(place, value, [&] {
      if (key == "launches") {
        const Launches launches = parse_launches(key, value.text);
        suite.settings.launches = launches.least;
        suite.settings.max_launches = launches.most;
      } else if (key == "min-time") {
        suite.settings.min_time_s = parse_duration_s(key, value.text);
      } else if (key == "min-repeats") {
        suite.settings.min_repeats = static_cast<int>(parse_integer(key, value.text, 1, 10000));
      } else if (key == "budget") {
        suite.settings.budget_s = parse_duration_s(key, value.text);
      } else {
        suite.settings.precision = parse_fraction(key, value.text);
      }
    });
  }
}

}  // namespace

void MeasureSettings::fill_in(const MeasureSettings& other) {
  if (!launches) {
    launches = other.launches;
    max_launches = other.max_launches;
  }
  if (!min_time_s) min_time_s = other.min_time_s;
  if (!min_repeats) min_repeats = other.min_repeats;
  if (!budget_s) budget_s = other.budget_s;
  if (!precision) precision = other.precision;
}

void MeasureSettings::apply(Measure& measure) const {
  measure.launches = launches.value_or(measure.launches);
  measure.max_launches = max_launches.value_or(measure.max_launches);
  measure.min_repeats = min_repeats.value_or(measure.min_repeats);
  measure.min_time_s = min_time_s.value_or(measure.min_time_s);
  measure.budget_s = budget_s.value_or(measure.budget_s);
  measure.precision = precision.value_or(measure.precision);
}

Suite parse_suite(std::string_view file, std::string_view text,
                  const SelectorCheck& check_selector) {
  Suite suite;
  suite.name = file;
  std::size_t number = 0;
  // As editors of some systems begin a file.
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  for (const Token& line : split({text, 1}, "\n", true)) {
    ++number;
    const Token code = {line.text.substr(0, line.text.find('#')), 1};
    const std::vector<Token> tokens = split(code, " \t\r", false);
    if (tokens.empty()) continue;
    const Place place = {file, number, check_selector};
    if (tokens.front().text == "set") {
      parse_set_line(place, tokens, suite);
    } else {
      parse_kernel_line(place, tokens, suite);
    }
  }
  return suite;
}

}  // namespace assay
