#include "kernels/tensors.hpp"

#include "kernels/error.hpp"

namespace assay {

void add_tensor(Problem& problem, TensorSpec spec) {
  constexpr double limit = 0x1p62;
  double bytes = bits(spec.dtype) / 8.0;
  for (const std::int64_t extent : spec.shape) bytes *= static_cast<double>(extent);
  for (const TensorSpec& other : problem.tensors) bytes += static_cast<double>(other.bytes());
  if (bytes > limit) {
    throw usage_error(problem.kernel + ": the sizes overflow: tensor " + spec.name +
                      " would need more than 2^62 bytes");
  }
  problem.tensors.push_back(std::move(spec));
}

}  // namespace assay
