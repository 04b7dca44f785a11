#include "kernels/kernel.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "kernels/alu.hpp"
#include "kernels/attention.hpp"
#include "kernels/error.hpp"
#include "kernels/matmul.hpp"
#include "kernels/stream.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

std::int64_t parse_integer(const Key& key, const std::string& text) {
  const std::int64_t high = key.type == Key::Type::flag ? 1 : 2147483647;
  const std::int64_t low = key.type == Key::Type::flag ? 0 : key.minimum;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  const std::string where = std::string(key.name) + ":" + text;
  if (text.empty() || stop != end || code == std::errc::invalid_argument) {
    throw usage_error("'" + where + "': " + std::string(key.name) + " must be an integer");
  }
  if (code != std::errc{} || value < low || value > high) {
    throw usage_error("'" + where + "': " + std::string(key.name) + " must be from " +
                      std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

void add_value(Problem& problem, const Key& key, const std::string& text) {
  if (key.type != Key::Type::word) {
    problem.integers.emplace_back(key.name, parse_integer(key, text));
    return;
  }
  if (std::ranges::find(key.choices, text) == key.choices.end()) {
    const bool dtype = key.name == "dtype";
    throw usage_error(
        unknown_word(dtype ? "dtype" : "value of " + std::string(key.name), text, key.choices));
  }
  problem.words.emplace_back(key.name, text);
}

std::string value_text(const Problem& problem, const Key& key) {
  if (key.type == Key::Type::word) return problem.word(key.name);
  return std::to_string(problem.integer(key.name));
}

void reject_unknown_keys(const Kernel& kernel, const Parameters& given) {
  std::vector<std::string_view> known;
  for (const Key& key : kernel.keys) known.push_back(key.name);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string& word = given[i].first;
    if (std::ranges::find(known, word) == known.end()) {
      throw usage_error(unknown_word("key of " + std::string(kernel.name), word, known));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (given[j].first == word) throw usage_error("key '" + word + "' is given twice");
    }
  }
}

}  // namespace

double Tolerance::allowed(const Expected& expected) const {
  return output * std::abs(expected.value) + accumulation * expected.magnitude +
         sensitivity * expected.sensitivity + absolute;
}

std::span<const Kernel> kernels() {
  static const std::array list = {matmul_kernel(), attention_kernel(), alu_kernel(),
                                  stream_kernel()};
  return list;
}

const Kernel* find_kernel(std::string_view name) {
  const auto found =
      std::ranges::find_if(kernels(), [&](const Kernel& kernel) { return kernel.name == name; });
  return found == kernels().end() ? nullptr : &*found;
}

const Kernel& kernel_of(const Problem& problem) {
  const Kernel* kernel = find_kernel(problem.kernel);
  if (kernel == nullptr) {
    throw Error(Error::Kind::internal, "no kernel '" + problem.kernel + "'");
  }
  return *kernel;
}

void fill_tensors(const Problem& problem, Fill fill, std::uint64_t seed, TensorData tensors) {
  if (fill == Fill::random) {
    kernel_of(problem).fill(problem, seed, tensors);
    return;
  }
  for (const std::span<std::byte> tensor : tensors.first(problem.tensors.size() - 1)) {
    std::ranges::fill(tensor, std::byte{0});
  }
}

void check_value(const Key& key, const std::string& text) {
  Problem scratch;
  add_value(scratch, key, text);
}

Problem make_problem(const Kernel& kernel, const Parameters& given) {
  reject_unknown_keys(kernel, given);
  Problem problem;
  problem.kernel = kernel.name;
  for (const Key& key : kernel.keys) {
    const auto found =
        std::ranges::find_if(given, [&](const auto& pair) { return pair.first == key.name; });
    if (found != given.end()) {
      add_value(problem, key, found->second);
    } else if (key.default_value != nullptr) {
      add_value(problem, key, key.default_value(problem));
    } else {
      throw usage_error(std::string(kernel.name) + " needs the key '" + std::string(key.name) +
                        "'");
    }
  }
  kernel.define(problem);
  return problem;
}

std::string problem_name(const Problem& problem) {
  std::string text = problem.kernel;
  Problem so_far;
  so_far.kernel = problem.kernel;
  for (const Key& key : kernel_of(problem).keys) {
    const std::string value = value_text(problem, key);
    if (key.always_named || key.default_value == nullptr || key.default_value(so_far) != value) {
      text += "/" + std::string(key.name) + ":" + value;
    }
    add_value(so_far, key, value);
  }
  return text;
}

Problem parse_problem(std::string_view name) {
  const std::size_t slash = name.find('/');
  const std::string_view word = name.substr(0, slash);
  const Kernel* kernel = find_kernel(word);
  if (kernel == nullptr) {
    std::vector<std::string_view> known;
    for (const Kernel& each : kernels()) known.push_back(each.name);
    throw usage_error(unknown_word("kernel", word, known));
  }
  Parameters given;
  std::string_view rest = slash == std::string_view::npos ? "" : name.substr(slash + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('/');
    const std::string_view part = rest.substr(0, end);
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos) {
      throw usage_error("'" + std::string(part) + "' in a case name must be key:value");
    }
    given.emplace_back(part.substr(0, colon), part.substr(colon + 1));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return make_problem(*kernel, given);
}

}  // namespace assay
