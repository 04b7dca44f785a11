// Is an output right? The answer of every case is checked before and after it is timed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernel.hpp"

namespace assay {

struct CheckResult {
  bool passed = false;
  std::string checked;            // "full", or "sampled(4096)", then "+freivalds" or "+bounds"
  double error = 0;               // worst |y - ref| / allowed; up to 1 passes; at most 1e30
  double max_abs_error = 0;       // over the elements compared
  std::int64_t worst_index = -1;  // flat index of the worst element compared
  std::string reason;             // one line, where it didn't pass
};

// What a Checker of the problem allocates, in bytes; its inputs aren't its own.
[[nodiscard]] double checking_bytes(const Problem& problem);

// Knows what the output of one problem with one set of inputs must be: every element up to 2^26
// multiply-adds (and 2^24 elements), else a sample of at least 4096, with Freivalds' check or bounds of
// the whole output where the kernel has them. What is expected is computed once, here; check() then costs
// little and may be called for any number of outputs.
class Checker {
 public:
  // `inputs` in the order of Problem::tensors, with or without the output at the end; their memory
  // must outlive the Checker. `seed` chooses the sample and the random vectors: it must not be
  // known to what is checked.
  Checker(const Problem& problem, ConstTensorData inputs, std::uint64_t seed);

  [[nodiscard]] const Problem& problem() const { return problem_; }

  // Scans the whole output for poison and for what isn't finite, then compares. `output` must have
  // the size of the problem's output (internal Error).
  [[nodiscard]] CheckResult check(std::span<const std::byte> output) const;

 private:
  void expect();
  [[nodiscard]] std::int64_t index(std::size_t element) const;
  [[nodiscard]] bool scan(std::span<const std::byte> output, CheckResult& result) const;
  void compare(std::span<const std::byte> output, CheckResult& result) const;
  void project(std::span<const std::byte> output, CheckResult& result) const;
  void bound(std::span<const std::byte> output, CheckResult& result) const;
  [[nodiscard]] std::string place(std::int64_t index) const;

  Problem problem_;
  std::vector<std::span<const std::byte>> inputs_;
  std::uint64_t seed_;
  std::string method_;                   // but for Freivalds' check
  std::vector<std::int64_t> selection_;  // empty: every element
  std::vector<double> value_, allowed_;
};

// Fills an output with what no right answer contains: a quiet NaN with a payload of its own, or for
// integers a value near the smallest (which scan() knows to be impossible for all but giant k).
// What a call leaves unwritten is then seen.
void poison(std::span<std::byte> output, DType dtype);

}  // namespace assay
