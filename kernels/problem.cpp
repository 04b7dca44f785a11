#include "kernels/problem.hpp"

#include <algorithm>

#include "kernels/error.hpp"

namespace assay {
namespace {

template <typename Pairs>
const auto& value_of(const Problem& problem, const Pairs& pairs, std::string_view key) {
  const auto found =
      std::ranges::find_if(pairs, [&](const auto& pair) { return pair.first == key; });
  if (found == pairs.end()) {
    throw Error(Error::Kind::internal,
                "kernel " + problem.kernel + " has no key '" + std::string(key) + "'");
  }
  return found->second;
}

}  // namespace

std::int64_t TensorSpec::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) product *= extent;
  return product;
}

std::size_t TensorSpec::bytes() const { return bytes_for(dtype, elements()); }

std::int64_t Problem::integer(std::string_view key) const { return value_of(*this, integers, key); }

const std::string& Problem::word(std::string_view key) const { return value_of(*this, words, key); }

DType Problem::dtype(std::string_view key) const {
  const auto parsed = parse_dtype(word(key));
  if (!parsed) throw Error(Error::Kind::internal, "key '" + std::string(key) + "' is no dtype");
  return *parsed;
}

const TensorSpec* Problem::find(std::string_view tensor) const {
  const auto found =
      std::ranges::find_if(tensors, [&](const TensorSpec& spec) { return spec.name == tensor; });
  return found == tensors.end() ? nullptr : &*found;
}

std::size_t Problem::index(std::string_view tensor) const {
  const TensorSpec* spec = find(tensor);
  if (spec == nullptr) {
    throw Error(Error::Kind::internal,
                "kernel " + kernel + " has no tensor '" + std::string(tensor) + "'");
  }
  return static_cast<std::size_t>(spec - tensors.data());
}

std::size_t Problem::bytes() const {
  std::size_t sum = 0;
  for (const TensorSpec& spec : tensors) sum += spec.bytes();
  return sum;
}

}  // namespace assay
