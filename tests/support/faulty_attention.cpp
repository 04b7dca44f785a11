#include <algorithm>
#include <cmath>

#include "kernels/attention.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

// Unnormalised result of some keys: the largest logit, the sum of e^(s - largest), and that of V.
struct Part {
  float largest = -3e38F;
  float sum = 0;
  std::vector<float> values;
};

class FaultyAttention {
 public:
  FaultyAttention(const Problem& problem, ConstTensorData inputs, const Implementation& how)
      : problem_(problem), inputs_(inputs), how_(how), s_(attention_shape(problem)) {}

  void run(std::span<std::byte> output) {
    std::int64_t loaded = -1;
    for (std::int64_t head = 0; head < s_.batch * s_.heads; ++head) {
      const std::int64_t kv_head = kv_head_of(head);
      if (kv_head != loaded) load_tokens(kv_head);
      loaded = kv_head;
      for (std::int64_t i = 0; i < s_.q; ++i) {
        if (is(Fault::unwritten_row) && head + 1 == s_.batch * s_.heads && i + 1 == s_.q) return;
        store_row(head, i, row(head, i), output);
      }
    }
  }

 private:
  bool is(Fault fault) const { return how_.fault == fault; }

  float rounded(float value) const {
    if (!how_.round) return value;
    if (s_.dtype == DType::f16) return from_f16(to_f16(value));
    if (s_.dtype == DType::bf16) return from_bf16(to_bf16(value));
    return value;
  }

  std::int64_t kv_head_of(std::int64_t head) const {
    std::int64_t batch = head / s_.heads;
    const std::int64_t h = head % s_.heads;
    std::int64_t kv = h / s_.group();
    if (is(Fault::batch_shifted)) batch = (batch + 1) % s_.batch;
    if (is(Fault::head_shifted)) kv = (kv + 1) % s_.kv_heads;
    if (is(Fault::heads_interleaved)) kv = h % s_.kv_heads;
    return batch * s_.kv_heads + kv;
  }

  std::int64_t visible(std::int64_t i) const {
    std::int64_t keys = s_.visible(i);
    if (!s_.causal) return keys - (is(Fault::last_key_dropped) && keys > 1 ? 1 : 0);
    if (is(Fault::sees_one_more)) keys += keys > 0 ? 1 : 0;
    if (is(Fault::sees_one_fewer)) keys -= keys > 1 ? 1 : 0;
    if (is(Fault::aligned_top_left)) keys = i + 1;
    if (is(Fault::last_key_dropped) && i + 1 == s_.q && keys > 1) --keys;
    return std::min(keys, s_.kv);
  }

  void load_tokens(std::int64_t kv_head) {
    for (const std::size_t t : {1U, 2U}) {
      std::vector<float>& out = t == 1 ? keys_ : values_;
      out.resize(static_cast<std::size_t>(s_.kv * s_.d));
      for (std::int64_t j = 0; j < s_.kv; ++j) {
        float scale = 1;
        if (s_.kv_dtype == DType::s8) {
          const std::int64_t other = j + 1 < s_.kv ? j + 1 : j - 1;
          const std::int64_t token = is(Fault::neighbour_scale) ? other : j;
          scale =
              static_cast<float>(load(DType::f32, inputs_[t + 2].data(), kv_head * s_.kv + token));
        }
        for (std::int64_t c = 0; c < s_.d; ++c) {
          const std::int64_t index = j * s_.d + c;
          const auto value = static_cast<float>(
              load(s_.kv_dtype, inputs_[t].data(), kv_head * s_.kv * s_.d + index));
          out[static_cast<std::size_t>(index)] = rounded(value * scale);
        }
      }
    }
  }

  std::vector<float> query(std::int64_t head, std::int64_t i) const {
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(s_.d)));
    const std::int64_t batch = head / s_.heads;
    const std::int64_t row =
        is(Fault::transposed) ? (batch * s_.q + i) * s_.heads + head % s_.heads : head * s_.q + i;
    std::vector<float> query;
    for (std::int64_t c = 0; c < s_.d; ++c) {
      query.push_back(
          rounded(scale * static_cast<float>(load(s_.dtype, inputs_[0].data(), row * s_.d + c))));
    }
    return query;
  }

  float score(std::span<const float> query, std::int64_t j) const {
    const float* key = keys_.data() + j * s_.d;
    float sum = 0;
    for (std::size_t c = 0; c < query.size(); ++c) sum += query[c] * key[c];
    return is(Fault::scores_in_bf16) ? from_bf16(to_bf16(sum)) : sum;
  }

  void update(Part& part, float score, std::int64_t j) const {
    if (score > part.largest) {
      const float factor =
          is(Fault::updated_without_rescale) ? 1.0F : std::exp(part.largest - score);
      for (float& value : part.values) value *= factor;
      part.sum *= factor;
      part.largest = score;
    }
    const float p = rounded(std::exp(score - part.largest));
    part.sum += p;
    const float* value = values_.data() + j * s_.d;
    for (std::size_t c = 0; c < part.values.size(); ++c) {
      part.values[c] += p * value[c];
      if (is(Fault::accumulated_in_bf16)) part.values[c] = from_bf16(to_bf16(part.values[c]));
      if (is(Fault::accumulated_in_f16)) part.values[c] = from_f16(to_f16(part.values[c]));
    }
  }

  Part merge(std::span<const Part> parts) const {
    Part all;
    all.values.resize(static_cast<std::size_t>(s_.d));
    for (const Part& part : parts) all.largest = std::max(all.largest, part.largest);
    for (const Part& part : parts) {
      const float factor =
          is(Fault::merged_without_rescale) ? 1.0F : std::exp(part.largest - all.largest);
      all.sum += factor * part.sum;
      for (std::size_t c = 0; c < all.values.size(); ++c) {
        all.values[c] += factor * part.values[c];
      }
    }
    return all;
  }

  std::vector<float> row(std::int64_t head, std::int64_t i) const {
    const std::vector<float> q = query(head, i);
    const std::int64_t keys = visible(i);
    if (keys <= 0) return masked_row();
    const std::int64_t splits = is(Fault::merged_without_rescale) ? 4 : how_.splits;
    const std::int64_t size = (keys + splits - 1) / splits;
    std::vector<Part> parts;
    for (std::int64_t begin = 0; begin < keys; begin += size) {
      Part& part = parts.emplace_back();
      part.values.resize(static_cast<std::size_t>(s_.d));
      const std::int64_t end = std::min(keys, begin + size);
      for (std::int64_t step = begin; step < end; ++step) {
        const std::int64_t j = how_.backward ? end - 1 - (step - begin) : step;
        update(part, score(q, j), j);
      }
    }
    Part all = merge(parts);
    for (float& value : all.values) value /= all.sum;
    return all.values;
  }

  std::vector<float> masked_row() const {
    std::vector<float> row(static_cast<std::size_t>(s_.d));
    if (!is(Fault::masked_row_averaged)) return row;
    for (std::int64_t j = 0; j < s_.kv; ++j) {
      for (std::int64_t c = 0; c < s_.d; ++c) {
        row[static_cast<std::size_t>(c)] +=
            values_[static_cast<std::size_t>(j * s_.d + c)] / static_cast<float>(s_.kv);
      }
    }
    return row;
  }

  void store_row(std::int64_t head, std::int64_t i, std::span<const float> row,
                 std::span<std::byte> output) const {
    const bool corner = is(Fault::wrong_corner) && head == 0 && i == (s_.q - 1) / 16 * 16;
    for (std::int64_t c = 0; c < s_.d; ++c) {
      std::int64_t from = c;
      if (corner && c == (s_.d - 1) / 16 * 16) from = most_unlike(row, c);
      store(s_.dtype, output.data(), (head * s_.q + i) * s_.d + c,
            static_cast<double>(row[static_cast<std::size_t>(from)]));
    }
  }

  const Problem& problem_;
  ConstTensorData inputs_;
  Implementation how_;
  AttentionShape s_;
  std::vector<float> keys_, values_;  // [kv, d] of one KV head
};

}  // namespace

void run_attention(const Problem& problem, ConstTensorData inputs, const Implementation& how,
                   std::span<std::byte> output) {
  FaultyAttention(problem, inputs, how).run(output);
}

}  // namespace assay
