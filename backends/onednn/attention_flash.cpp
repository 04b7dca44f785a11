#include "backends/onednn/attention_flash.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "backends/host.hpp"
#include "backends/onednn/attention.hpp"
#include "backends/onednn/attention_block.hpp"
#include "backends/onednn/attention_plan.hpp"
#include "backends/onednn/threads.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {
namespace {

constexpr std::size_t line = 64;

// So that threads share no cache line.
std::size_t whole_lines(std::size_t bytes) { return (bytes + line - 1) / line * line; }

// What of a block is the same for all of the problem.
AttentionBlock common_block(const AttentionShape& shape, const AttentionPlan& plan) {
  AttentionBlock block;
  block.dtype = shape.dtype;
  block.kv_dtype = shape.kv_dtype;
  block.arithmetic = plan.arithmetic;
  block.d = shape.d;
  block.scale = 1.0F / std::sqrt(static_cast<float>(shape.d));
  return block;
}

// What calls share, who come one after the other. All memory is touched here, most of it by the thread
// that will write it: within a call that would cost time.
struct FlashState {
  explicit FlashState(Problem of)
      : problem(std::move(of)),
        shape(attention_shape(problem)),
        plan(plan_attention(shape)),
        scratch_bytes(whole_lines(block_scratch(shape.d) * sizeof(float))),
        scratch(scratch_bytes * static_cast<std::size_t>(plan.threads)),
        values_bytes(whole_lines(packed_bytes(common_block(shape, plan), shape.kv))),
        keys_bytes(packs_keys() ? values_bytes : 0),
        packed(plan.packs
                   ? (keys_bytes + values_bytes) * static_cast<std::size_t>(plan.heads_at_once)
                   : 0),
        partials(plan.splits > 1
                     ? static_cast<std::size_t>(shape.batch * shape.kv_heads * plan.rows *
                                                plan.splits * partial_size(shape.d)) *
                           sizeof(float)
                     : 0) {
    touch_shares({scratch.data(), scratch.size()}, plan.threads);
    touch_shares({packed.data(), packed.size()}, plan.threads);
    touch_shares({partials.data(), partials.size()}, plan.threads);
  }

  Problem problem;
  AttentionShape shape;
  AttentionPlan plan;
  std::size_t scratch_bytes;  // of one thread
  HostBuffer scratch;
  std::size_t values_bytes, keys_bytes;  // of one head's packed values and keys
  HostBuffer packed;                     // of each head at once its keys, then its values
  HostBuffer partials;

 private:
  [[nodiscard]] bool packs_keys() const {
    constexpr std::byte somewhere{};
    AttentionBlock block = common_block(shape, plan);
    block.k = &somewhere;
    return stored_form(block).k == nullptr;
  }
};

class FlashBound final : public HostBound {
 public:
  FlashBound(FlashState& state, std::span<Buffer* const> buffers)
      : state_(state),
        shape_(state.shape),
        plan_(state.plan),
        tensors_(attention_tensors(state.problem, buffers)) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return state_.problem.bytes(); }

  void call() override {
    const std::int64_t heads = shape_.batch * shape_.kv_heads;
    const std::int64_t at_once = plan_.packs ? plan_.heads_at_once : heads;
#pragma omp parallel num_threads(plan_.threads)
    {
      const auto thread = static_cast<std::size_t>(thread_number(plan_.threads));
      auto* const scratch =
          reinterpret_cast<float*>(state_.scratch.data() + state_.scratch_bytes * thread);
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
  // What blocks of a KV head (of all sequences) have in common.
  [[nodiscard]] AttentionBlock head_block(std::int64_t head) const {
    AttentionBlock block = common_block(shape_, plan_);
    const std::size_t offset = bytes_for(shape_.kv_dtype, head * shape_.kv * shape_.d);
    block.k = tensors_.k + offset;
    block.v = tensors_.v + offset;
    if (tensors_.k_scale != nullptr) {
      block.k_scale = tensors_.k_scale + head * shape_.kv;
      block.v_scale = tensors_.v_scale + head * shape_.kv;
    }
    return block;
  }

  // Where the packed keys of the `slot`-th head at once are; values lie keys_bytes behind.
  std::byte* packed(std::int64_t slot) {
    return state_.packed.data() +
           (state_.keys_bytes + state_.values_bytes) * static_cast<std::size_t>(slot);
  }

  void pack(std::int64_t head, std::int64_t slot, std::int64_t tile) {
    const AttentionBlock block = head_block(head + slot);
    const std::int64_t first = tile * tile_keys;
    std::byte* const to = packed(slot) + packed_bytes(block, first);
    pack_keys_values(block, first, std::min(tile_keys, shape_.kv - first), to,
                     to + state_.keys_bytes);
  }

  void attend(std::int64_t first_head, std::int64_t slot, const AttentionUnit& unit,
              float* scratch) {
    const std::int64_t head = first_head + slot;
    AttentionBlock block = head_block(head);
    if (plan_.packs) {
      block.packed = stored_form(block);
      if (block.packed.k == nullptr) block.packed.k = packed(slot);
      if (block.packed.v == nullptr) block.packed.v = packed(slot) + state_.keys_bytes;
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
    return reinterpret_cast<float*>(state_.partials.data()) +
           (split * rows + row) * partial_size(shape_.d);
  }

  void merge(std::int64_t row, float* scratch) {
    const std::int64_t stride =
        shape_.batch * shape_.kv_heads * plan_.rows * partial_size(shape_.d);
    const bool sees_keys = shape_.visible(row % plan_.rows % shape_.q) > 0;
    merge_partials(partial(0, row), plan_.splits, stride, shape_.d, sees_keys, shape_.dtype,
                   tensors_.out + bytes_for(shape_.dtype, row * shape_.d), scratch);
  }

  FlashState& state_;
  const AttentionShape& shape_;
  const AttentionPlan& plan_;
  AttentionTensors tensors_;
};

class FlashPrepared final : public Prepared {
 public:
  explicit FlashPrepared(Problem problem) : state_(std::move(problem)) {}

  [[nodiscard]] std::string implementation() const override {
    return std::string(state_.plan.splits > 1 ? "flash_split:" : "flash_tiled:") +
           attention_target() + (multiplies_pairs() ? "_bf16" : "");
  }
  [[nodiscard]] std::string path() const override {
    return multiplies_pairs() ? "bf16.dot" : "f32.fma";
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<FlashBound>(state_, tensors);
  }

 private:
  // Whether some block does: few rows convert keys and values of another type to f32.
  [[nodiscard]] bool multiplies_pairs() const {
    const auto does = [this](const AttentionUnit& unit) {
      return unit.rows > few_rows || state_.shape.kv_dtype == DType::bf16;
    };
    return state_.plan.arithmetic == Arithmetic::bf16_pairs &&
           std::ranges::any_of(state_.plan.units, does);
  }

  FlashState state_;
};

}  // namespace

std::unique_ptr<Prepared> prepare_flash(const Problem& problem) {
  return std::make_unique<FlashPrepared>(problem);
}

}  // namespace assay::onednn
