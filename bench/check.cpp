#include "bench/check.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>

#include "kernels/error.hpp"
#include "kernels/parallel.hpp"

namespace assay {
namespace {

constexpr double full_multiply_adds = 0x1p26;
constexpr std::int64_t full_elements = std::int64_t{1} << 24;
constexpr std::int64_t sample = 4096;
constexpr double largest_error = 1e30;

constexpr std::uint32_t poison32 = 0x7fc5a5a5U;
constexpr std::uint32_t poison_s32 = 0x80005a5aU;
constexpr std::uint16_t poison_f16 = 0x7e5aU;
constexpr std::uint16_t poison_bf16 = 0x7fdaU;
constexpr std::byte poison_byte{0x5a};

template <typename T>
void repeat(std::span<std::byte> data, T pattern) {
  for (std::size_t at = 0; at + sizeof(T) <= data.size(); at += sizeof(T)) {
    std::memcpy(data.data() + at, &pattern, sizeof(T));
  }
}

// The first element for which bad(bits) holds, or -1.
template <typename T, typename Bad>
std::int64_t first_bad(std::span<const std::byte> data, const Bad& bad) {
  const auto elements = static_cast<std::int64_t>(data.size() / sizeof(T));
  std::atomic<std::int64_t> found = elements;
  parallel_for(elements, 1 << 18, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T bits;
      std::memcpy(&bits, data.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
      if (!bad(bits)) continue;
      std::int64_t known = found;
      while (i < known && !found.compare_exchange_weak(known, i)) {
      }
      return;
    }
  });
  return found == elements ? -1 : found.load();
}

// The first element that no right output has, or -1.
std::int64_t first_impossible(const Problem& problem, std::span<const std::byte> output) {
  switch (problem.output().dtype) {
    case DType::f32:
      return first_bad<std::uint32_t>(
          output, [](std::uint32_t bits) { return (bits & 0x7f800000U) == 0x7f800000U; });
    case DType::f16:
      return first_bad<std::uint16_t>(
          output, [](std::uint16_t bits) { return (bits & 0x7c00U) == 0x7c00U; });
    case DType::bf16:
      return first_bad<std::uint16_t>(
          output, [](std::uint16_t bits) { return (bits & 0x7f80U) == 0x7f80U; });
    case DType::s32: {
      // A sum of products of bytes: at most 255 * 128 per multiply-add.
      const double largest = 255.0 * 128.0 * kernel_of(problem).multiply_adds(problem) /
                             static_cast<double>(problem.output().elements());
      if (largest >= 0x1p31 - 0x5a5a) return -1;
      return first_bad<std::uint32_t>(output,
                                      [](std::uint32_t bits) { return bits == poison_s32; });
    }
    default:
      return -1;
  }
}

bool is_poison(DType dtype, std::span<const std::byte> output, std::int64_t index) {
  std::vector<std::byte> pattern(bytes_for(dtype, 1));
  poison(pattern, dtype);
  return std::memcmp(output.data() + static_cast<std::size_t>(index) * pattern.size(),
                     pattern.data(), pattern.size()) == 0;
}

std::string number(double value) {
  std::array<char, 32> text;
  constexpr int digits = 9;
  const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), value,
                                         std::chars_format::general, digits);
  return {text.data(), end};
}

bool checks_all(const Problem& problem) {
  return kernel_of(problem).multiply_adds(problem) <= full_multiply_adds &&
         problem.output().elements() <= full_elements;
}

// Elements whose reference is computed at a time.
constexpr std::size_t reference_step = std::size_t{1} << 20U;

}  // namespace

double checking_bytes(const Problem& problem) {
  const auto elements = static_cast<double>(problem.output().elements());
  const double count = checks_all(problem) ? elements : std::min(elements, 8.0 * sample);
  // A value and what is allowed for each; for a step's also the index and what the reference tells.
  return 2 * sizeof(double) * count + (sizeof(std::int64_t) + sizeof(Expected)) *
                                          std::min(count, static_cast<double>(reference_step));
}

Checker::Checker(const Problem& problem, ConstTensorData inputs, std::uint64_t seed)
    : problem_(problem), seed_(seed) {
  const std::size_t count = problem.tensors.size() - 1;
  if (inputs.size() < count) {
    throw Error(Error::Kind::internal, "the checker needs all inputs of " + problem_name(problem));
  }
  inputs_.assign(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(count));
  expect();
}

std::int64_t Checker::index(std::size_t element) const {
  return selection_.empty() ? static_cast<std::int64_t>(element) : selection_[element];
}

void Checker::expect() {
  const Kernel& kernel = kernel_of(problem_);
  const std::int64_t elements = problem_.output().elements();
  const bool full = checks_all(problem_);
  method_ = "full";
  if (!full) {
    selection_ = kernel.select(problem_, seed_, sample);
    method_ = "sampled(" + std::to_string(selection_.size()) + ")";
  }
  const std::size_t count = full ? static_cast<std::size_t>(elements) : selection_.size();
  const Tolerance tolerance = kernel.tolerance(problem_);
  value_.reserve(count);
  allowed_.reserve(count);
  std::vector<std::int64_t> indices;
  std::vector<Expected> expected;
  for (std::size_t begin = 0; begin < count; begin += reference_step) {
    const std::size_t size = std::min(reference_step, count - begin);
    indices.resize(size);
    expected.resize(size);
    for (std::size_t e = 0; e < size; ++e) indices[e] = index(begin + e);
    kernel.reference(problem_, inputs_, indices, expected);
    for (const Expected& each : expected) {
      value_.push_back(each.value);
      allowed_.push_back(tolerance.allowed(each));
    }
  }
}

std::string Checker::place(std::int64_t index) const {
  const TensorSpec& spec = problem_.output();
  std::string text;
  for (std::size_t d = spec.shape.size(); d-- > 0;) {
    text = std::to_string(index % spec.shape[d]) + (text.empty() ? "" : ",") + text;
    index /= spec.shape[d];
  }
  return spec.name + "[" + text + "]";
}

bool Checker::scan(std::span<const std::byte> output, CheckResult& result) const {
  const std::int64_t bad = first_impossible(problem_, output);
  if (bad < 0) return true;
  const DType dtype = problem_.output().dtype;
  result.error = largest_error;
  result.worst_index = bad;
  result.reason = is_poison(dtype, output, bad)
                      ? place(bad) + " was not written"
                      : place(bad) + " is " + number(load(dtype, output.data(), bad));
  return false;
}

void Checker::compare(std::span<const std::byte> output, CheckResult& result) const {
  const DType dtype = problem_.output().dtype;
  std::size_t worst = 0;
  for (std::size_t e = 0; e < value_.size(); ++e) {
    const double deviation = std::abs(load(dtype, output.data(), index(e)) - value_[e]);
    const double error = deviation == 0 ? 0 : std::min(largest_error, deviation / allowed_[e]);
    result.max_abs_error = std::max(result.max_abs_error, deviation);
    // A reference that isn't a number (inputs that aren't) passes nothing.
    if (!(error <= result.error) || e == 0) {
      result.error = std::isnan(error) ? largest_error : error;
      worst = e;
    }
  }
  result.worst_index = index(worst);
  if (result.error <= 1) return;
  result.reason = place(result.worst_index) + " is " +
                  number(load(dtype, output.data(), result.worst_index)) + ", not " +
                  number(value_[worst]) + " within " + number(allowed_[worst]);
}

void Checker::project(std::span<const std::byte> output, CheckResult& result) const {
  const Kernel& kernel = kernel_of(problem_);
  if (selection_.empty() || kernel.project == nullptr) return;
  std::vector<std::span<const std::byte>> tensors = inputs_;
  tensors.push_back(output);
  const auto projection = kernel.project(problem_, tensors, seed_);
  if (!projection) return;
  result.checked += "+freivalds";
  if (projection->error <= result.error) return;
  result.error = std::min(largest_error, projection->error);
  if (result.error > 1 && result.reason.empty()) {
    result.reason = "Freivalds' check of all elements is off by " + number(result.error) +
                    " times what is allowed";
  }
}

void Checker::bound(std::span<const std::byte> output, CheckResult& result) const {
  const Kernel& kernel = kernel_of(problem_);
  if (selection_.empty() || kernel.bounds == nullptr) return;
  std::vector<std::span<const std::byte>> tensors = inputs_;
  tensors.push_back(output);
  const Bounds bounds = kernel.bounds(problem_, tensors);
  result.checked += "+bounds";
  if (bounds.error <= result.error) return;
  result.error = std::min(largest_error, bounds.error);
  if (bounds.error <= 1 || !result.reason.empty()) return;
  result.worst_index = bounds.index;
  result.reason = place(bounds.index) + " is " +
                  number(load(problem_.output().dtype, output.data(), bounds.index)) +
                  ", outside what any weighting of its values gives";
}

CheckResult Checker::check(std::span<const std::byte> output) const {
  if (output.size() != problem_.output().bytes()) {
    throw Error(Error::Kind::internal, "the output of " + problem_name(problem_) + " has " +
                                           std::to_string(output.size()) + " bytes");
  }
  CheckResult result;
  result.checked = method_;
  if (!scan(output, result)) return result;
  compare(output, result);
  project(output, result);
  bound(output, result);
  result.passed = result.error <= 1;
  return result;
}

void poison(std::span<std::byte> output, DType dtype) {
  switch (dtype) {
    case DType::f32:
      repeat(output, poison32);
      return;
    case DType::f16:
      repeat(output, poison_f16);
      return;
    case DType::bf16:
      repeat(output, poison_bf16);
      return;
    case DType::s32:
      repeat(output, poison_s32);
      return;
    default:
      std::ranges::fill(output, poison_byte);
      return;
  }
}

}  // namespace assay
