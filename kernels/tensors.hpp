// Adding tensors to a problem with sizes that can't overflow.
#pragma once

#include "kernels/problem.hpp"

namespace assay {

// Appends the tensor; a usage Error if the problem's bytes no longer fit 2^62.
void add_tensor(Problem& problem, TensorSpec spec);

}  // namespace assay
