// The definition of matmul in double, its inputs, which of its outputs a sampled check looks at, and a
// check of the whole output by random projection.
// See kernel.hpp for what each function owes.
#pragma once

#include "kernels/kernel.hpp"

namespace assay {

void fill_matmul(const Problem& problem, std::uint64_t seed, TensorData tensors);
std::vector<std::int64_t> select_matmul(const Problem& problem, std::uint64_t seed,
                                        std::int64_t count);
void reference_matmul(const Problem& problem, ConstTensorData tensors,
                      std::span<const std::int64_t> selection, std::span<Expected> out);
// Freivalds' check: each row of the output, in blocks of columns, against the same sum of exact
// values, the columns taken with random signs; two such vectors per batch entry. `tensors` has the
// output last. Nothing where there is an activation function.
//
// Allowance: signs drawn after the output was computed make errors e_j add up to sqrt(sum e_j^2)
// whatever their origin, and Hoeffding's inequality puts 8 of that at a chance of 3e-14. Per element
// it takes the tolerance's terms as standard deviations: u_out / sqrt(3) of the stored output, a
// quarter of the sums' bound (with Cauchy-Schwarz for the partial sums), an eighth of the weights'
// roundings. out:s32 is exact: 0.5.
//
// So one wrong element shows where it is off by more than about 4.6 u_out sqrt(w) times the rms of
// its row, w being the width of a block (from 16, as wide as keeps the work within 2^26 multiply-adds
// per vector): a tenth of a standard deviation for bf16 with w = 32, 1/80 for f16. A fault that moves
// values between two columns of one block passes each vector with a chance of 1/2.
std::optional<Projection> project_matmul(const Problem& problem, ConstTensorData tensors,
                                         std::uint64_t seed);

}  // namespace assay
