#include "backends/onednn/attention_mask.hpp"

#include <algorithm>

namespace assay::onednn {

std::vector<float> causal_mask(const AttentionShape& shape, std::int64_t rows) {
  constexpr float hidden = -1e30F;
  std::vector<float> mask(static_cast<std::size_t>(rows * shape.kv), hidden);
  for (std::int64_t i = 0; i < rows; ++i) {
    std::fill_n(mask.begin() + i * shape.kv, shape.visible(i % shape.q), 0.0F);
  }
  return mask;
}

Support supports_whole_scores(const AttentionShape& shape) {
  if (shape.kv_dtype != shape.dtype) {
    return Support::no("oneDNN's softmax and matmul don't dequantise kv_dtype:" +
                       std::string(name(shape.kv_dtype)) + " token by token");
  }
  if (shape.causal && shape.kv < shape.q) {
    return Support::no("oneDNN's softmax is undefined for rows that see no key");
  }
  return Support::yes();
}

}  // namespace assay::onednn
