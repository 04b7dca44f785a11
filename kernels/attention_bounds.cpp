#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention.hpp"
#include "kernels/attention_reference.hpp"
#include "kernels/parallel.hpp"

namespace assay {
namespace {

// The smallest and largest value of each column of one KV head, over the tokens seen so far.
class Columns {
 public:
  Columns(const Problem& problem, ConstTensorData tensors, const AttentionShape& shape,
          std::int64_t kv_head)
      : shape_(shape),
        values_(tensors[problem.index("v")].data()),
        scales_(shape.kv_dtype == DType::s8 ? tensors[problem.index("v_scale")].data() : nullptr),
        kv_head_(kv_head),
        token_(static_cast<std::size_t>(shape.d)),
        low_(token_.size(), std::numeric_limits<double>::infinity()),
        high_(token_.size(), -std::numeric_limits<double>::infinity()) {}

  void extend(std::int64_t visible) {
    for (; seen_ < visible; ++seen_) {
      const std::int64_t token = kv_head_ * shape_.kv + seen_;
      load_row(shape_.kv_dtype, values_, token * shape_.d, token_);
      const double scale = scales_ == nullptr ? 1 : load(DType::f32, scales_, token);
      for (std::size_t c = 0; c < token_.size(); ++c) {
        low_[c] = std::min(low_[c], token_[c] * scale);
        high_[c] = std::max(high_[c], token_[c] * scale);
      }
    }
  }

  // How far y lies outside, as a fraction of what rounding allows.
  [[nodiscard]] double error(std::size_t column, double y, const Tolerance& tolerance) const {
    const double low = seen_ == 0 ? 0 : low_[column];
    const double high = seen_ == 0 ? 0 : high_[column];
    const double outside = std::max({low - y, y - high, 0.0});
    if (outside == 0) return 0;
    // No sum of parts of a convex combination exceeds the largest value, nor does the root of the
    // squares; errors of logits only move the combination within the bounds.
    const double largest = std::max(std::abs(low), std::abs(high));
    return outside / tolerance.allowed({largest, 4 * largest, 0});
  }

 private:
  const AttentionShape& shape_;
  const std::byte* values_;
  const std::byte* scales_;
  std::int64_t kv_head_;
  std::int64_t seen_ = 0;
  std::vector<double> token_, low_, high_;
};

Bounds head_bounds(const Problem& problem, ConstTensorData tensors, const AttentionShape& s,
                   std::int64_t kv_head) {
  Columns columns(problem, tensors, s, kv_head);
  const Tolerance tolerance = kernel_of(problem).tolerance(problem);
  const std::byte* output = tensors[problem.tensors.size() - 1].data();
  const std::int64_t first_head = kv_head / s.kv_heads * s.heads + kv_head % s.kv_heads * s.group();
  std::vector<double> row(static_cast<std::size_t>(s.d));
  Bounds worst;
  for (std::int64_t i = 0; i < s.q; ++i) {
    columns.extend(s.visible(i));
    for (std::int64_t head = first_head; head < first_head + s.group(); ++head) {
      const std::int64_t begin = (head * s.q + i) * s.d;
      load_row(s.dtype, output, begin, row);
      for (std::size_t c = 0; c < row.size(); ++c) {
        const double error = columns.error(c, row[c], tolerance);
        if (error > worst.error) worst = {error, begin + static_cast<std::int64_t>(c)};
      }
    }
  }
  return worst;
}

}  // namespace

Bounds bound_attention(const Problem& problem, ConstTensorData tensors) {
  const AttentionShape s = attention_shape(problem);
  std::vector<Bounds> heads(static_cast<std::size_t>(s.batch * s.kv_heads));
  parallel_for(static_cast<std::int64_t>(heads.size()), 1,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t h = begin; h < end; ++h) {
                   heads[static_cast<std::size_t>(h)] = head_bounds(problem, tensors, s, h);
                 }
               });
  return *std::ranges::max_element(heads, {}, &Bounds::error);
}

}  // namespace assay
