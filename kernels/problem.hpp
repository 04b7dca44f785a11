// A problem: one kernel with all its parameters and tensors fixed. Plain data; it maps one to one
// onto a C struct of named integers, named strings and tensor specs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/dtype.hpp"

namespace assay {

enum class Role : std::uint8_t {
  activation,  // new on every call: any repacking belongs inside the timed region
  weight,      // constant: may be repacked once, outside the timed region
  kv_cache,    // grows between calls: may be repacked only inside the timed region
  output,      // written by the call; exactly one per problem, the last tensor
};

struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;  // row-major, the last index is contiguous
  DType dtype = DType::f32;
  Role role = Role::activation;

  [[nodiscard]] std::int64_t elements() const;
  [[nodiscard]] std::size_t bytes() const;
};

struct Problem {
  std::string kernel;
  std::vector<std::pair<std::string, std::int64_t>> integers;  // m, n, k, causal, …
  std::vector<std::pair<std::string, std::string>> words;      // dtype, layout, epilogue, …
  std::vector<TensorSpec> tensors;                             // the output is the last one

  // Values by name; asking for a name that the kernel doesn't have is an internal Error.
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] const std::string& word(std::string_view key) const;
  [[nodiscard]] DType dtype(std::string_view key = "dtype") const;

  [[nodiscard]] const TensorSpec* find(std::string_view tensor) const;  // null if absent
  [[nodiscard]] std::size_t index(std::string_view tensor) const;       // internal Error if absent
  [[nodiscard]] const TensorSpec& output() const { return tensors.back(); }

  // All tensors together.
  [[nodiscard]] std::size_t bytes() const;
};

// The data of a problem's tensors, in the order of Problem::tensors. The caller owns the memory,
// which is 64-byte aligned.
using TensorData = std::span<const std::span<std::byte>>;
using ConstTensorData = std::span<const std::span<const std::byte>>;

// The algorithmic minimum: each input read once, each output written once, packed sizes.
struct Work {
  double flops = 0;
  double bytes_read = 0;
  double bytes_written = 0;
};

}  // namespace assay
