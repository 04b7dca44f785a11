// Simple implementations of the kernels on the host, as a backend would compute them: operands
// rounded as allowed, sums in f32. And the same with a fault: what a check must find.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/kernel.hpp"

namespace assay {

enum class Fault : std::uint8_t {
  none,
  // Of both kernels
  wrong_corner,   // one element, the first of the last tile of 16, is that of another column
  unwritten_row,  // the last row is left as it was
  batch_shifted,
  neighbour_scale,  // of the next channel or token
  transposed,       // B, or Q, read in the other layout
  accumulated_in_bf16,
  accumulated_in_f16,
  // Of matmul
  last_k_dropped,
  neighbour_group_scale,
  zero_point_ignored,
  nibbles_swapped,
  operands_in_bf16,
  bias_ignored,
  activation_ignored,
  pairs_saturated,  // 16-bit sums of two products of bytes
  // Of attention
  sees_one_more,   // key past the causal mask
  sees_one_fewer,  // key before it
  aligned_top_left,
  last_key_dropped,
  head_shifted,       // the next KV head
  heads_interleaved,  // h % kv_heads in place of h / group
  merged_without_rescale,
  updated_without_rescale,
  scores_in_bf16,
  masked_row_averaged,  // a row that sees no key gives the mean of V
};

[[nodiscard]] std::string_view name(Fault fault);
[[nodiscard]] std::vector<Fault> faults_of(const Problem& problem);

struct Implementation {
  Fault fault = Fault::none;
  std::int64_t block = 0;   // of k or of keys, summed apart; 0: all at once
  bool backward = false;    // order of the sum
  bool round = true;        // dequantised weights, scaled queries, probabilities to the dtype
  std::int64_t splits = 1;  // parts of the keys that are merged at the end
};

void run_matmul(const Problem& problem, ConstTensorData inputs, const Implementation& how,
                std::span<std::byte> output);
void run_attention(const Problem& problem, ConstTensorData inputs, const Implementation& how,
                   std::span<std::byte> output);
void run(const Problem& problem, ConstTensorData inputs, const Implementation& how,
         std::span<std::byte> output);

// The index whose value is farthest from that at `index`.
template <typename T>
[[nodiscard]] std::int64_t most_unlike(std::span<const T> row, std::int64_t index) {
  const T value = row[static_cast<std::size_t>(index)];
  const auto found = std::ranges::max_element(
      row, {}, [value](T other) { return other > value ? other - value : value - other; });
  return found - row.begin();
}

// The tensors of a problem in host memory, 64-byte aligned.
class HostTensors {
 public:
  explicit HostTensors(const Problem& problem);
  HostTensors(const Problem& problem, std::uint64_t seed);  // filled, the output poisoned
  [[nodiscard]] TensorData data() const { return spans_; }
  [[nodiscard]] ConstTensorData inputs() const { return const_spans_; }
  [[nodiscard]] std::span<std::byte> output() const { return spans_.back(); }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<std::vector<Line>> memory_;
  std::vector<std::span<std::byte>> spans_;
  std::vector<std::span<const std::byte>> const_spans_;
};

}  // namespace assay
