#include "kernels/attention_reference.hpp"

#include <cmath>
#include <numeric>

#include "kernels/attention.hpp"
#include "kernels/random.hpp"

namespace assay {

void fill_attention(const Problem& problem, std::uint64_t seed, TensorData tensors) {
  for (std::size_t t = 0; t + 1 < problem.tensors.size(); ++t) {
    const TensorSpec& spec = problem.tensors[t];
    for (std::int64_t i = 0; i < spec.elements(); ++i) {
      store(spec.dtype, tensors[t].data(), i,
            near_normal(random_bits(seed, t, static_cast<std::uint64_t>(i))));
    }
  }
}

std::vector<std::int64_t> select_attention(const Problem& problem, std::uint64_t, std::int64_t) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(problem.output().elements()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

void reference_attention(const Problem&, ConstTensorData, std::span<const std::int64_t> selection,
                         std::span<Expected> out) {
  for (std::size_t e = 0; e < selection.size(); ++e) out[e] = {};
}

}  // namespace assay
