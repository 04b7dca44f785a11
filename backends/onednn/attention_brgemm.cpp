#include "backends/onednn/attention_brgemm.hpp"

#ifdef ASSAY_ONEDNN_UKERNEL

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <oneapi/dnnl/dnnl_ukernel.hpp>
#include <utility>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/attention_plan.hpp"
#include "backends/onednn/attention_softmax.hpp"
#include "backends/onednn/checked.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/matmul_plan.hpp"
#include "backends/onednn/threads.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {
namespace {

using dnnl::ukernel::brgemm;
using dnnl::ukernel::pack_type;
using dnnl::ukernel::transform;

constexpr std::int64_t width = masked_tile_keys;  // keys of a tile

// The micro-kernels of a problem. Rows of a block are padded to `rows`, keys of a tile to `width`.
struct Kernels {
  std::int64_t rows = 0;
  std::int64_t panel = 0;  // columns of V that one panel holds
  brgemm logits;           // [rows, d] x [d, width]
  brgemm sums;             // += [rows, width] x [width, panel]
  transform keys, values;
  bool pack_values = false;  // else V is used as stored
  std::size_t scratch = 0;
};

brgemm make_brgemm(std::int64_t rows, std::int64_t columns, std::int64_t depth, std::int64_t lda,
                   std::int64_t ldb, std::int64_t ldc, dnnl::memory::data_type type, bool add) {
  brgemm kernel(rows, columns, depth, 1, lda, ldb, ldc, type, type, dnnl::memory::data_type::f32);
  kernel.set_add_C(add);
  kernel.finalize();
  kernel.generate();
  return kernel;
}

bool is_packed(const brgemm& kernel, dnnl::memory::data_type type) {
#ifdef ASSAY_ONEDNN_UKERNEL_STATIC_PACK
  static_cast<void>(kernel);
  return brgemm::get_B_pack_type(type, type) == pack_type::pack32;
#else
  static_cast<void>(type);
  return kernel.get_B_pack_type() == pack_type::pack32;
#endif
}

// Widths of a packed panel that the transforms know.
std::int64_t panel_of(std::int64_t d) {
  for (const std::int64_t panel : {64, 48, 32}) {
    if (d % panel == 0) return panel;
  }
  return 16;
}

Kernels make_kernels(const AttentionShape& shape) {
  const auto type = data_type(shape.dtype);
  const std::int64_t d = shape.d;
  Kernels kernels;
  kernels.rows = std::min(block_rows, shape.group() * shape.q);
  kernels.logits = make_brgemm(kernels.rows, width, d, d, width, width, type, false);
  kernels.keys = transform(d, width, pack_type::trans, d, width, type, type);
  kernels.keys.generate();
  kernels.pack_values = is_packed(kernels.logits, type);
  kernels.panel = kernels.pack_values ? panel_of(d) : d;
  const std::int64_t ldb = kernels.panel;
  kernels.sums = make_brgemm(kernels.rows, kernels.panel, width, width, ldb, d, type, true);
  if (kernels.pack_values) {
    kernels.values = transform(width, kernels.panel, pack_type::no_trans, d, ldb, type, type);
    kernels.values.generate();
  }
  kernels.scratch =
      std::max(kernels.logits.get_scratchpad_size(), kernels.sums.get_scratchpad_size());
  return kernels;
}

// The parts of a thread's scratch, in bytes from its beginning.
struct Layout {
  Layout(const AttentionShape& shape, const Kernels& kernels) {
    const auto take = [this](std::int64_t elements, std::size_t size) {
      const std::size_t at = bytes;
      bytes += (static_cast<std::size_t>(elements) * size + 63) / 64 * 64;
      return at;
    };
    q = take(kernels.rows * shape.d, sizeof(float));
    scores = take(kernels.rows * width, sizeof(float));
    probabilities = take(kernels.rows * width, sizeof(float));
    out = take(kernels.rows * shape.d, sizeof(float));
    highest = take(kernels.rows, sizeof(float));
    sum = take(kernels.rows, sizeof(float));
    tail = take(width * shape.d, sizeof(float));
    kernel = take(static_cast<std::int64_t>(kernels.scratch), 1);
  }
  std::size_t q, scores, probabilities, out, highest, sum, tail, kernel, bytes = 0;
};

// What calls share, who come one after the other. All memory is touched here, most of it by the thread
// that will write it: within a call that would cost time.
struct BrgemmState {
  explicit BrgemmState(Problem of)
      : problem(std::move(of)),
        shape(attention_shape(problem)),
        plan(plan_attention(shape, false)),
        kernels(make_kernels(shape)),
        layout(shape, kernels),
        scratch(layout.bytes * static_cast<std::size_t>(plan.threads)),
        packed(2 * head_bytes() * static_cast<std::size_t>(plan.heads_at_once)) {
    touch_shares({scratch.data(), scratch.size()}, plan.threads);
    touch_shares({packed.data(), packed.size()}, plan.threads);
  }

  [[nodiscard]] std::int64_t tiles() const { return (shape.kv + width - 1) / width; }
  // A packed tile with what its transform writes behind it: bf16 keys are packed in blocks of 32 of d.
  [[nodiscard]] std::size_t packed_tile_bytes() const {
    return bytes_for(shape.dtype, width * ((shape.d + 31) / 32 * 32));
  }
  // Of packed keys, or values.
  [[nodiscard]] std::size_t head_bytes() const {
    return static_cast<std::size_t>(tiles()) * packed_tile_bytes();
  }

  Problem problem;
  AttentionShape shape;
  AttentionPlan plan;
  Kernels kernels;
  Layout layout;
  HostBuffer scratch;
  HostBuffer packed;
};

class BrgemmBound final : public HostBound {
 public:
  BrgemmBound(BrgemmState& state, std::span<Buffer* const> buffers)
      : state_(state),
        shape_(state.shape),
        plan_(state.plan),
        kernels_(state.kernels),
        layout_(state.layout),
        tensors_(attention_tensors(state.problem, buffers)) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return state_.problem.bytes(); }

  void call() override {
    const std::int64_t heads = shape_.batch * shape_.kv_heads;
    const auto units = static_cast<std::int64_t>(plan_.units.size());
    const std::int64_t tiles = state_.tiles();
#pragma omp parallel num_threads(plan_.threads)
    {
      const auto thread = static_cast<std::size_t>(thread_number(plan_.threads));
      std::byte* const scratch = state_.scratch.data() + layout_.bytes * thread;
      for (std::int64_t head = 0; head < heads; head += plan_.heads_at_once) {
        const std::int64_t count = std::min(plan_.heads_at_once, heads - head);
#pragma omp for schedule(static)
        for (std::int64_t i = 0; i < count * tiles; ++i) pack(head, i / tiles, i % tiles, scratch);
#pragma omp for schedule(dynamic)
        for (std::int64_t i = 0; i < units * count; ++i) {
          attend(head, i % count, plan_.units[static_cast<std::size_t>(i / count)], scratch);
        }
      }
      brgemm::release_hw_context();
    }
  }

 private:
  [[nodiscard]] std::size_t tile_bytes() const { return bytes_for(shape_.dtype, width * shape_.d); }
  std::byte* packed(std::int64_t slot, std::int64_t tile, bool values) {
    return state_.packed.data() +
           (2 * static_cast<std::size_t>(slot) + (values ? 1 : 0)) * state_.head_bytes() +
           static_cast<std::size_t>(tile) * state_.packed_tile_bytes();
  }

  // A tile as stored, or a copy of the last one with zeros behind the last key.
  const std::byte* whole_tile(const std::byte* tensor, std::int64_t head, std::int64_t tile,
                              std::byte* tail) const {
    const std::int64_t first = tile * width;
    const std::byte* const stored =
        tensor + bytes_for(shape_.dtype, (head * shape_.kv + first) * shape_.d);
    const std::int64_t keys = std::min(width, shape_.kv - first);
    if (keys == width) return stored;
    const std::size_t bytes = bytes_for(shape_.dtype, keys * shape_.d);
    std::memcpy(tail, stored, bytes);
    std::memset(tail + bytes, 0, tile_bytes() - bytes);
    return tail;
  }

  void pack(std::int64_t first_head, std::int64_t slot, std::int64_t tile, std::byte* scratch) {
    const std::int64_t head = first_head + slot;
    std::byte* const tail = scratch + layout_.tail;
    kernels_.keys.execute(whole_tile(tensors_.k, head, tile, tail), packed(slot, tile, false));
    const std::byte* const v = whole_tile(tensors_.v, head, tile, tail);
    std::byte* const to = packed(slot, tile, true);
    if (!kernels_.pack_values) {
      if (v == tail) std::memcpy(to, v, tile_bytes());
      return;
    }
    for (std::int64_t c = 0; c < shape_.d; c += kernels_.panel) {
      kernels_.values.execute(v + bytes_for(shape_.dtype, c),
                              to + bytes_for(shape_.dtype, c * width));
    }
  }

  void attend(std::int64_t first_head, std::int64_t slot, const AttentionUnit& unit,
              std::byte* scratch) {
    const std::int64_t head = first_head + slot;
    const std::size_t offset =
        bytes_for(shape_.dtype, (head * plan_.rows + unit.first_row) * shape_.d);
    const std::byte* q = tensors_.q + offset;
    if (unit.rows < kernels_.rows) {
      const std::size_t bytes = bytes_for(shape_.dtype, unit.rows * shape_.d);
      std::memcpy(scratch + layout_.q, q, bytes);
      std::memset(scratch + layout_.q + bytes, 0,
                  bytes_for(shape_.dtype, kernels_.rows * shape_.d) - bytes);
      q = scratch + layout_.q;
    }
    std::array<std::int32_t, block_rows> visible{};
    std::int64_t end = 0;
    for (std::int64_t i = 0; i < unit.rows; ++i) {
      const std::int64_t seen = shape_.visible((unit.first_row + i) % shape_.q);
      visible[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(seen);
      end = std::max(end, seen);
    }
    ScoreTile tile;
    tile.scores = reinterpret_cast<float*>(scratch + layout_.scores);
    tile.rows = kernels_.rows;
    tile.width = width;
    tile.visible = visible.data();
    tile.scale = 1.0F / std::sqrt(static_cast<float>(shape_.d));
    tile.dtype = shape_.dtype;
    tile.probabilities = scratch + layout_.probabilities;
    tile.highest = reinterpret_cast<float*>(scratch + layout_.highest);
    tile.sum = reinterpret_cast<float*>(scratch + layout_.sum);
    tile.out = reinterpret_cast<float*>(scratch + layout_.out);
    tile.d = shape_.d;
    begin_rows(tile);
    tile.rows = unit.rows;
    for (tile.first = 0; tile.first < end; tile.first += width) {
      multiply(q, tile, head, slot, scratch + layout_.kernel);
    }
    finish_rows(tile, shape_.dtype, tensors_.out + offset);
  }

  void multiply(const std::byte* q, const ScoreTile& tile, std::int64_t head, std::int64_t slot,
                std::byte* kernel_scratch) {
    const std::int64_t index = tile.first / width;
    // Where tiles of registers have shapes, each kernel has its own.
    kernels_.logits.set_hw_context();
    kernels_.logits.execute(q, packed(slot, index, false), offsets_, tile.scores, kernel_scratch);
    update_score_tile(tile);
    const std::byte* values = packed(slot, index, true);
    if (!kernels_.pack_values && tile.first + width <= shape_.kv) {
      values = tensors_.v + bytes_for(shape_.dtype, (head * shape_.kv + tile.first) * shape_.d);
    }
    kernels_.sums.set_hw_context();
    for (std::int64_t c = 0; c < shape_.d; c += kernels_.panel) {
      kernels_.sums.execute(tile.probabilities, values + bytes_for(shape_.dtype, c * width),
                            offsets_, tile.out + c, kernel_scratch);
    }
  }

  BrgemmState& state_;
  const AttentionShape& shape_;
  const AttentionPlan& plan_;
  const Kernels& kernels_;
  const Layout& layout_;
  AttentionTensors tensors_;
  std::vector<std::pair<dnnl::memory::dim, dnnl::memory::dim>> offsets_ = {{0, 0}};
};

class BrgemmPrepared final : public Prepared {
 public:
  explicit BrgemmPrepared(Problem problem) : state_(std::move(problem)) {}

  [[nodiscard]] std::string implementation() const override {
    return "flash_brgemm:" + effective_isa();
  }
  [[nodiscard]] std::string path() const override {
    return instruction_path(state_.problem.dtype(), effective_isa());
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<BrgemmBound>(state_, tensors);
  }

 private:
  BrgemmState state_;
};

}  // namespace

Support supports_brgemm_flash(const Problem& problem) {
  const AttentionShape shape = attention_shape(problem);
  if (shape.kv_dtype != shape.dtype || shape.dtype == DType::f16) {
    return Support::no("flash attention on oneDNN's brgemm is for f32 and bf16 without conversion");
  }
  if (shape.d % 16 != 0) {
    return Support::no("oneDNN's brgemm transforms pack multiples of 16 columns, not d:" +
                       std::to_string(shape.d));
  }
  try {
    static_cast<void>(make_kernels(shape));
  } catch (const dnnl::error& error) {
    return Support::no("oneDNN has no brgemm micro-kernel of " + problem.word("dtype") + " on " +
                       effective_isa() + ": " + error.what());
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_brgemm_flash(const Problem& problem) {
  return checked([&] { return std::make_unique<BrgemmPrepared>(problem); });
}

}  // namespace assay::onednn

#else

#include "kernels/error.hpp"

namespace assay::onednn {
namespace {
constexpr const char* missing = "this build's oneDNN lacks the micro-kernel API";
}

Support supports_brgemm_flash(const Problem&) { return Support::no(missing); }

std::unique_ptr<Prepared> prepare_brgemm_flash(const Problem&) {
  throw Error(Error::Kind::device, missing);
}

}  // namespace assay::onednn

#endif
