// Attention of the tiled family for few rows: one kernel over runs of keys, and one that brings the
// runs together.
#include <algorithm>

#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t lanes = 256;
constexpr std::int64_t key_block = 32;
constexpr std::int64_t merge_items = 64;
constexpr std::int64_t shortest_run = 256;  // keys

std::int64_t vector_of(const AttentionShape& s) { return s.d % 4 == 0 ? 4 : 1; }

std::int64_t run_length(const Session& session, const AttentionShape& s) {
  const std::int64_t heads = s.batch * s.kv_heads;
  const std::int64_t wanted = ceil_div(enough_groups(session), heads);
  const std::int64_t count = std::clamp<std::int64_t>(s.kv / shortest_run, 1, wanted);
  return ceil_div(ceil_div(s.kv, count), key_block) * key_block;
}

std::size_t local_bytes(const AttentionShape& s) {
  // The kernel's arrays, in order: queries, keys, weights, and three numbers a row.
  constexpr std::int64_t step = lanes / key_block;
  const std::int64_t rows = rows_of(s);
  const std::int64_t floats = ceil_div(rows, step) * step * s.d + key_block * (s.d + vector_of(s)) +
                              rows * key_block + 3 * rows;
  return static_cast<std::size_t>(floats) * sizeof(float);
}

class LanesAttention final : public Prepared {
 public:
  LanesAttention(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        run_(run_length(session, shape_)),
        runs_(ceil_div(shape_.kv, run_)),
        program_(build_program(session, attention_lanes_cl, options())),
        partial_(session, partial_bytes()) {}

  [[nodiscard]] std::string implementation() const override {
    return "lanes_" + std::to_string(rows_of(shape_)) + "x" + std::to_string(key_block) + ":plain";
  }
  [[nodiscard]] std::string path() const override { return "f32.fma"; }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    const auto heads = static_cast<cl_int>(shape_.heads);
    const auto kv_heads = static_cast<cl_int>(shape_.kv_heads);
    const auto q = static_cast<cl_int>(shape_.q);
    Launch attend{make_kernel(session_, program_.get(), "attention_lanes"),
                  grid(runs_ * lanes),
                  {lanes, 1, 1}};
    set_arguments(session_, attend.kernel.get(), buffers.q, buffers.k, buffers.v, buffers.k_scale,
                  buffers.v_scale, partial_.get(), heads, kv_heads, q,
                  static_cast<cl_int>(shape_.kv), attention_scale(shape_),
                  static_cast<cl_int>(run_));
    Launch merge{make_kernel(session_, program_.get(), "attention_merge"),
                 grid(rows_of(shape_) * merge_items),
                 {merge_items, 1, 1}};
    set_arguments(session_, merge.kernel.get(), partial_.get(), buffers.out, heads, kv_heads, q,
                  static_cast<cl_int>(runs_));
    std::vector<Launch> launches;
    launches.push_back(std::move(attend));
    launches.push_back(std::move(merge));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = attention_options(session_, shape_);
    return options.define("VW", vector_of(shape_))
        .define("LANES", lanes)
        .define("KB", key_block)
        .define("RT", rows_of(shape_))
        .define("MERGE_ITEMS", merge_items);
  }

  [[nodiscard]] std::size_t partial_bytes() const {
    return static_cast<std::size_t>(shape_.batch * shape_.kv_heads * runs_ * rows_of(shape_) *
                                    (shape_.d + 2)) *
           sizeof(float);
  }

  [[nodiscard]] Sizes grid(std::int64_t first) const {
    return {static_cast<std::size_t>(first), static_cast<std::size_t>(shape_.kv_heads),
            static_cast<std::size_t>(shape_.batch)};
  }

  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  std::int64_t run_, runs_;
  Handle<cl_program> program_;
  Memory partial_;  // of all bounds: they run one after the other
};

}  // namespace

bool fits_lanes(const Session& session, const AttentionShape& shape) {
  // An item has a whole vector of columns, and teams no more than keys of a block.
  const std::int64_t columns = shape.d / vector_of(shape);
  return few_rows(shape) && columns <= lanes && lanes / columns <= key_block &&
         lacks_tiles(session, local_bytes(shape)).empty();
}

std::unique_ptr<Prepared> prepare_lanes_attention(const Session& session, const Problem& problem) {
  return std::make_unique<LanesAttention>(session, problem);
}

}  // namespace assay::opencl
