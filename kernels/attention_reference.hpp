// The definition of attention in double, its inputs, and which of its outputs a sampled check looks at.
// See kernel.hpp for what each function owes.
#pragma once

#include "kernels/kernel.hpp"

namespace assay {

void fill_attention(const Problem& problem, std::uint64_t seed, TensorData tensors);
std::vector<std::int64_t> select_attention(const Problem& problem, std::uint64_t seed,
                                           std::int64_t count);
void reference_attention(const Problem& problem, ConstTensorData tensors,
                         std::span<const std::int64_t> selection, std::span<Expected> out);
Bounds bound_attention(const Problem& problem, ConstTensorData tensors);

}  // namespace assay
