// What a kernel is: a schema of keys and pure functions. The list of kernels has its one home in
// kernel.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/problem.hpp"

namespace assay {

// One key of a kernel's schema, e.g. m, dtype, layout.
struct Key {
  enum class Type : std::uint8_t {
    size,  // an integer from `minimum` to 2^31 - 1
    flag,  // 0 or 1
    word,  // one of `choices`
  };
  std::string_view name;
  Type type = Type::size;
  std::string_view help = {};
  std::vector<std::string_view> choices = {};  // for words
  std::int64_t minimum = 1;                    // for sizes
  // The value when the key isn't given, from the keys before it; null: the key is required.
  std::string (*default_value)(const Problem& so_far) = nullptr;
  // Sizes and the dtype are part of every name; other keys only where they differ from the default,
  // so that a new key never renames an old case.
  bool always_named = false;
};

// What one output element must be. The checker allows
//   |y - value| <= tolerance.output * |value| + tolerance.accumulation * magnitude
//                  + tolerance.sensitivity * sensitivity + tolerance.absolute
struct Expected {
  double value = 0;
  double magnitude = 0;    // size of the sums on the way to the value
  double sensitivity = 0;  // change of the value per relative error of its intermediates
};

// Forward error bound, see each kernel's header for the formula.
struct Tolerance {
  double output = 0;
  double accumulation = 0;
  double sensitivity = 0;
  double absolute = 0;

  [[nodiscard]] double allowed(const Expected& expected) const;
};

// How far the whole output is from a random projection of the exact one: `error` is the largest
// ratio of deviation to allowance over all rows; up to 1 passes.
struct Projection {
  double error = 0;
  std::int64_t vectors = 0;
};

// How far the whole output is outside what any right answer could be: `error` is the distance of the
// worst element over its allowance; up to 1 passes.
struct Bounds {
  double error = 0;
  std::int64_t index = 0;  // flat, of that element
};

enum class Fill : std::uint8_t { random, zeros };

// Makes the inputs: Kernel::fill, or all zeros. Doesn't touch the output.
void fill_tensors(const Problem& problem, Fill fill, std::uint64_t seed, TensorData tensors);

struct Kernel {
  std::string_view name;
  std::string_view summary;
  std::vector<Key> keys;
  // Its answer can be had without its work: it measures a device, not an implementation.
  bool probe = false;

  // Checks what concerns several keys (usage Error) and adds the tensors.
  void (*define)(Problem& problem) = nullptr;
  Work (*work)(const Problem& problem) = nullptr;
  // Multiply-adds of the whole reference: decides whether everything or a sample is checked.
  double (*multiply_adds)(const Problem& problem) = nullptr;
  // Inputs that can catch faults, from the seed alone. Doesn't touch the output.
  void (*fill)(const Problem& problem, std::uint64_t seed, TensorData tensors) = nullptr;
  // Output elements (flat indices, sorted, unique) that a sampled check looks at: at least
  // `count` of them (or all), among them the borders, tile corners, every batch and head, and the
  // causal diagonal.
  std::vector<std::int64_t> (*select)(const Problem& problem, std::uint64_t seed,
                                      std::int64_t count) = nullptr;
  // In double, for the flat output indices `selection`; `out` has their number.
  void (*reference)(const Problem& problem, ConstTensorData tensors,
                    std::span<const std::int64_t> selection, std::span<Expected> out) = nullptr;
  Tolerance (*tolerance)(const Problem& problem) = nullptr;
  // Freivalds' check over the whole output; null, or nothing, where the kernel isn't linear.
  std::optional<Projection> (*project)(const Problem& problem, ConstTensorData tensors,
                                       std::uint64_t seed) = nullptr;
  // A necessary condition on every output element that costs little; null where there is none.
  Bounds (*bounds)(const Problem& problem, ConstTensorData tensors) = nullptr;
};

[[nodiscard]] std::span<const Kernel> kernels();
[[nodiscard]] const Kernel* find_kernel(std::string_view name);
[[nodiscard]] const Kernel& kernel_of(const Problem& problem);

// key=value pairs in any order -> a checked problem. Throws a usage Error naming the key and the
// nearest right word.
using Parameters = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Problem make_problem(const Kernel& kernel, const Parameters& given);

// What make_problem says of one value alone: a usage Error unless `text` is a value of `key`.
void check_value(const Key& key, const std::string& text);

// "matmul/dtype:bf16/m:512/n:4096/k:4096": keys in schema order, defaults left out.
[[nodiscard]] std::string problem_name(const Problem& problem);
// The inverse of problem_name.
[[nodiscard]] Problem parse_problem(std::string_view name);

}  // namespace assay
