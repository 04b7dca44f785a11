#include "backends/onednn/attention.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <string_view>

#include "backends/host.hpp"
#include "backends/onednn/attention_block.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {
namespace {

// Scratch is handed out in multiples of this many bytes, so that threads share no cache line.
constexpr std::size_t line = 64;

// Threads of a parallel region. Counted: omp.h comes with one compiler, and tools that read the
// code with another don't find it.
int count_threads() {
  int threads = 0;
#pragma omp parallel reduction(+ : threads)
  threads += 1;
  return threads;
}

class AttentionBound final : public HostBound {
 public:
  AttentionBound(const Problem& problem, int threads, std::span<Buffer* const> buffers)
      : shape_(attention_shape(problem)),
        threads_(threads),
        touched_bytes_(problem.bytes()),
        scratch_bytes_((block_scratch(shape_.d) * sizeof(float) + line - 1) / line * line),
        scratch_(scratch_bytes_ * static_cast<std::size_t>(threads)) {
    const auto data = [&](std::string_view tensor) {
      return host_data(*buffers[problem.index(tensor)]);
    };
    q_ = data("q");
    k_ = data("k");
    v_ = data("v");
    out_ = data("out");
    if (shape_.kv_dtype == DType::s8) {
      k_scale_ = reinterpret_cast<const float*>(data("k_scale"));
      v_scale_ = reinterpret_cast<const float*>(data("v_scale"));
    }
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }

  void call() override {
    const std::int64_t items = shape_.batch * shape_.kv_heads * blocks();
    const auto threads = static_cast<int>(std::min<std::int64_t>(threads_, items));
    std::atomic<std::size_t> joined = 0;
#pragma omp parallel num_threads(threads)
    {
      std::byte* const scratch = scratch_.data() + scratch_bytes_ * joined++;
#pragma omp for schedule(dynamic)
      for (std::int64_t item = 0; item < items; ++item) {
        attend(item, reinterpret_cast<float*>(scratch));
      }
    }
  }

 private:
  // Rows of all query heads that share a KV head.
  [[nodiscard]] std::int64_t rows() const { return shape_.group() * shape_.q; }
  [[nodiscard]] std::int64_t blocks() const { return (rows() + block_rows - 1) / block_rows; }

  void attend(std::int64_t item, float* scratch) {
    const std::int64_t kv_head = item / blocks();  // of all sequences
    // Later rows see more keys: the long blocks first.
    const std::int64_t first = (blocks() - 1 - item % blocks()) * block_rows;
    AttentionBlock block;
    block.dtype = shape_.dtype;
    block.kv_dtype = shape_.kv_dtype;
    block.rows = std::min(block_rows, rows() - first);
    block.d = shape_.d;
    block.scale = 1.0F / std::sqrt(static_cast<float>(shape_.d));
    const std::size_t row = bytes_for(shape_.dtype, (kv_head * rows() + first) * shape_.d);
    block.q = q_ + row;
    block.out = out_ + row;
    const std::size_t head = bytes_for(shape_.kv_dtype, kv_head * shape_.kv * shape_.d);
    block.k = k_ + head;
    block.v = v_ + head;
    if (k_scale_ != nullptr) {
      block.k_scale = k_scale_ + kv_head * shape_.kv;
      block.v_scale = v_scale_ + kv_head * shape_.kv;
    }
    std::array<std::int32_t, block_rows> visible{};
    for (std::int64_t i = 0; i < block.rows; ++i) {
      visible[static_cast<std::size_t>(i)] =
          static_cast<std::int32_t>(shape_.visible((first + i) % shape_.q));
    }
    block.visible = visible.data();
    block.rows <= few_rows ? attend_rows(block, scratch) : attend_panel(block, scratch);
  }

  AttentionShape shape_;
  int threads_;
  std::size_t touched_bytes_;
  std::size_t scratch_bytes_;  // of one thread
  HostBuffer scratch_;
  const std::byte* q_ = nullptr;
  const std::byte* k_ = nullptr;
  const std::byte* v_ = nullptr;
  const float* k_scale_ = nullptr;
  const float* v_scale_ = nullptr;
  std::byte* out_ = nullptr;
};

class AttentionPrepared final : public Prepared {
 public:
  explicit AttentionPrepared(Problem problem)
      : problem_(std::move(problem)), threads_(count_threads()) {}

  [[nodiscard]] std::string implementation() const override {
    return "flash_tiled:" + attention_target();
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<AttentionBound>(problem_, threads_, tensors);
  }

 private:
  Problem problem_;
  int threads_;
};

}  // namespace

Support supports_attention(const Problem&, std::string_view, const dnnl::engine&) {
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_attention(const Problem& problem, std::string_view,
                                            const dnnl::engine&) {
  return std::make_unique<AttentionPrepared>(problem);
}

}  // namespace assay::onednn
