#include "backends/onednn/attention_flash.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string_view>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/attention.hpp"
#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_plan.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {
namespace {

class FlashBound final : public HostBound {
 public:
  FlashBound(const Problem& problem, const AttentionPlan& plan, std::span<Buffer* const> buffers)
      : shape_(attention_shape(problem)),
        plan_(plan),
        tensors_(attention_tensors(problem, buffers)),
        touched_bytes_(problem.bytes()),
        scratch_bytes_(whole_lines(block_scratch(shape_.d) * sizeof(float))),
        scratch_(scratch_bytes_ * static_cast<std::size_t>(plan.threads)),
        packed_bytes_(plan.packs ? whole_lines(packed_bytes(head_block(0), shape_.kv)) : 0),
        packed_(2 * packed_bytes_ * static_cast<std::size_t>(plan.heads_at_once)),
        partials_(plan.splits > 1
                      ? static_cast<std::size_t>(shape_.batch * shape_.kv_heads * plan.rows *
                                                 plan.splits * partial_size(shape_.d)) *
                            sizeof(float)
                      : 0) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }

  void call() override {
    const std::int64_t heads = shape_.batch * shape_.kv_heads;
    const std::int64_t at_once = plan_.packs ? plan_.heads_at_once : heads;
    std::atomic<std::size_t> joined = 0;
#pragma omp parallel num_threads(plan_.threads)
    {
      auto* const scratch = reinterpret_cast<float*>(scratch_.data() + scratch_bytes_ * joined++);
      for (std::int64_t head = 0; head < heads; head += at_once) {
        const std::int64_t count = std::min(at_once, heads - head);
        if (plan_.packs) {
          const std::int64_t tiles = (shape_.kv + tile_keys - 1) / tile_keys;
#pragma omp for schedule(static)
          for (std::int64_t i = 0; i < count * tiles; ++i) pack(head, i / tiles, i % tiles);
        }
        const auto units = static_cast<std::int64_t>(plan_.units.size());
#pragma omp for schedule(dynamic)
        for (std::int64_t i = 0; i < units * count; ++i) {
          // One head after the other, whose keys and values stay in the caches meanwhile; of each the
          // units that cost the most come first, so that small ones are left for the end.
          attend(head, i / units, plan_.units[static_cast<std::size_t>(i % units)], scratch);
        }
      }
      if (plan_.splits > 1) {
#pragma omp for schedule(static)
        for (std::int64_t i = 0; i < heads * plan_.rows; ++i) merge(i, scratch);
      }
    }
  }

 private:
  static constexpr std::size_t line = 64;
  // So that threads share no cache line.
  static std::size_t whole_lines(std::size_t bytes) { return (bytes + line - 1) / line * line; }

  // What blocks of a KV head (of all sequences) have in common.
  [[nodiscard]] AttentionBlock head_block(std::int64_t head) const {
    AttentionBlock block;
    block.dtype = shape_.dtype;
    block.kv_dtype = shape_.kv_dtype;
    block.arithmetic = plan_.arithmetic;
    block.d = shape_.d;
    block.scale = 1.0F / std::sqrt(static_cast<float>(shape_.d));
    const std::size_t offset = bytes_for(shape_.kv_dtype, head * shape_.kv * shape_.d);
    block.k = tensors_.k + offset;
    block.v = tensors_.v + offset;
    if (tensors_.k_scale != nullptr) {
      block.k_scale = tensors_.k_scale + head * shape_.kv;
      block.v_scale = tensors_.v_scale + head * shape_.kv;
    }
    return block;
  }

  // Where the packed keys of the `slot`-th head at once are; values lie packed_bytes_ behind.
  std::byte* packed(std::int64_t slot) {
    return packed_.data() + 2 * packed_bytes_ * static_cast<std::size_t>(slot);
  }

  void pack(std::int64_t head, std::int64_t slot, std::int64_t tile) {
    const AttentionBlock block = head_block(head + slot);
    const std::int64_t first = tile * tile_keys;
    std::byte* const to = packed(slot) + packed_bytes(block, first);
    pack_keys_values(block, first, std::min(tile_keys, shape_.kv - first), to, to + packed_bytes_);
  }

  void attend(std::int64_t first_head, std::int64_t slot, const AttentionUnit& unit,
              float* scratch) {
    const std::int64_t head = first_head + slot;
    AttentionBlock block = head_block(head);
    if (plan_.packs) {
      block.packed = stored_form(block);
      if (block.packed.k == nullptr) block.packed.k = packed(slot);
      if (block.packed.v == nullptr) block.packed.v = packed(slot) + packed_bytes_;
    }
    block.rows = unit.rows;
    block.first_key = unit.first_key;
    block.end_key = unit.end_key;
    const std::int64_t row = head * plan_.rows + unit.first_row;
    const std::size_t offset = bytes_for(shape_.dtype, row * shape_.d);
    block.q = tensors_.q + offset;
    block.out = tensors_.out + offset;
    if (plan_.splits > 1) {
      block.partial = partial(unit.split, row);
    }
    std::array<std::int32_t, block_rows> visible{};
    for (std::int64_t i = 0; i < block.rows; ++i) {
      visible[static_cast<std::size_t>(i)] =
          static_cast<std::int32_t>(shape_.visible((unit.first_row + i) % shape_.q));
    }
    block.visible = visible.data();
    block.rows <= few_rows ? attend_rows(block, scratch) : attend_panel(block, scratch);
  }

  // [splits, heads and rows, partial_size(d)]
  float* partial(std::int64_t split, std::int64_t row) {
    const std::int64_t rows = shape_.batch * shape_.kv_heads * plan_.rows;
    return reinterpret_cast<float*>(partials_.data()) +
           (split * rows + row) * partial_size(shape_.d);
  }

  void merge(std::int64_t row, float* scratch) {
    const std::int64_t stride =
        shape_.batch * shape_.kv_heads * plan_.rows * partial_size(shape_.d);
    merge_partials(partial(0, row), plan_.splits, stride, shape_.d, shape_.dtype,
                   tensors_.out + bytes_for(shape_.dtype, row * shape_.d), scratch);
  }

  AttentionShape shape_;
  const AttentionPlan& plan_;
  AttentionTensors tensors_;
  std::size_t touched_bytes_;
  std::size_t scratch_bytes_;  // of one thread
  HostBuffer scratch_;
  std::size_t packed_bytes_;  // of one head's keys, or values
  HostBuffer packed_;
  HostBuffer partials_;
};

class FlashPrepared final : public Prepared {
 public:
  explicit FlashPrepared(Problem problem)
      : problem_(std::move(problem)), plan_(plan_attention(attention_shape(problem_))) {}

  [[nodiscard]] std::string implementation() const override {
    const bool pairs = plan_.arithmetic == Arithmetic::bf16_pairs;
    return std::string(plan_.splits > 1 ? "flash_split:" : "flash_tiled:") + attention_target() +
           (pairs ? "_bf16" : "");
  }
  [[nodiscard]] std::string path() const override {
    return plan_.arithmetic == Arithmetic::bf16_pairs ? "bf16.dot" : "f32.fma";
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<FlashBound>(problem_, plan_, tensors);
  }

 private:
  Problem problem_;
  AttentionPlan plan_;
};

}  // namespace

std::unique_ptr<Prepared> prepare_flash(const Problem& problem) {
  return std::make_unique<FlashPrepared>(problem);
}

}  // namespace assay::onednn
