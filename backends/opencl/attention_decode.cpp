// Attention of the packed family for few rows: one kernel over runs of keys, and one that brings the
// runs together.
#include <algorithm>
#include <bit>

#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"
#include "backends/opencl/probe.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t most_rows = 16;
constexpr std::int64_t shortest_run = 512;  // keys

struct Runs {
  const InstructionPath* path = nullptr;  // null: plain
  std::int64_t mr = 0;                    // rows that share a vector of keys
  std::int64_t rows = 0;                  // a multiple of it
  std::int64_t key_block = 0;
  std::int64_t length = 0, count = 0;  // keys of a run, runs
};

// Pairs of keys, values and queries, all as they are stored.
const InstructionPath* choose_unit(const Session& session, const AttentionShape& s) {
  const std::int64_t pairs = 2 * session.limits.vector_width;
  return s.kv_dtype == s.dtype && s.d % pairs == 0 ? pair_instruction(session, s.dtype) : nullptr;
}

Runs choose_runs(const Session& session, const AttentionShape& s) {
  Runs runs;
  runs.path = choose_unit(session, s);
  const auto rows = static_cast<std::uint64_t>(rows_of(s));
  const std::int64_t vector = session.limits.vector_width;
  runs.mr = std::min({static_cast<std::int64_t>(std::bit_ceil(rows)), std::int64_t{8}, vector});
  runs.rows = runs.mr * ceil_div(rows_of(s), runs.mr);
  const std::int64_t heads = s.batch * s.kv_heads;
  const std::int64_t wanted = ceil_div(enough_groups(session), heads);
  const std::int64_t count = std::clamp<std::int64_t>(s.kv / shortest_run, 1, wanted);
  std::int64_t keys = 0;
  if ((s.kv_dtype == DType::f32 || runs.path != nullptr) && runs.mr > 2) {
    // All keys of a block are read, then all its values: long runs, in which the hardware fetches ahead.
    constexpr std::int64_t most_scores = 4096;
    keys = std::min(ceil_div(s.kv, count), most_scores / runs.mr);
  } else {
    // A block of keys, and the values that are fetched meanwhile, are a small part of the nearest cache.
    constexpr std::int64_t block_bytes = 8192;
    keys = std::min<std::int64_t>(block_bytes / (s.d * bits(s.kv_dtype) / 8), 128);
  }
  // Probabilities are stored as whole vectors of units.
  const std::int64_t unit = runs.path == nullptr ? 1 : runs.path->k_unit;
  runs.key_block = std::max(
      static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(keys))), vector * unit);
  runs.length = ceil_div(ceil_div(s.kv, count), runs.key_block) * runs.key_block;
  runs.count = ceil_div(s.kv, runs.length);
  return runs;
}

class DecodeAttention final : public Prepared {
 public:
  DecodeAttention(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        runs_(choose_runs(session, shape_)),
        program_(build_program(session, attention_decode_cl, options())),
        partial_(session, partial_bytes()) {}

  [[nodiscard]] std::string implementation() const override {
    return "decode_" + std::to_string(runs_.mr) + "x" +
           std::to_string(session_.limits.vector_width / runs_.mr) + ":" +
           std::string(runs_.path == nullptr ? "plain" : runs_.path->name);
  }
  [[nodiscard]] std::string path() const override { return ceiling_path(runs_.path); }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    std::vector<Launch> launches;
    launches.push_back(attend(buffers));
    if (runs_.count > 1) launches.push_back(merge(buffers));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = attention_options(session_, shape_);
    if (runs_.path != nullptr) {
      choose_path(options, *runs_.path);
    } else {
      options.define("VW", session_.limits.vector_width);
    }
    return options.define("MR", runs_.mr)
        .define("RT", runs_.rows)
        .define("MERGE_ITEMS", 1)
        .define("KB", runs_.key_block);
  }

  [[nodiscard]] std::size_t partial_bytes() const {
    if (runs_.count == 1) return 0;
    const std::int64_t vector = session_.limits.vector_width;
    const std::int64_t width = ceil_div(shape_.d, vector) * vector + 2;
    return static_cast<std::size_t>(shape_.batch * shape_.kv_heads * runs_.count * runs_.rows *
                                    width) *
           sizeof(float);
  }

  [[nodiscard]] Sizes grid(std::int64_t first) const {
    return {static_cast<std::size_t>(first), static_cast<std::size_t>(shape_.kv_heads),
            static_cast<std::size_t>(shape_.batch)};
  }

  [[nodiscard]] Launch attend(const AttentionBuffers& buffers) const {
    Launch launch{
        make_kernel(session_, program_.get(), "attention_decode"), grid(runs_.count), {1, 1, 1}};
    set_arguments(session_, launch.kernel.get(), buffers.q, buffers.k, buffers.v, buffers.k_scale,
                  buffers.v_scale, buffers.out, partial_.get(), static_cast<cl_int>(shape_.heads),
                  static_cast<cl_int>(shape_.kv_heads), static_cast<cl_int>(shape_.q),
                  static_cast<cl_int>(shape_.kv), attention_scale(shape_),
                  static_cast<cl_int>(runs_.length));
    return launch;
  }

  [[nodiscard]] Launch merge(const AttentionBuffers& buffers) const {
    Launch launch{
        make_kernel(session_, program_.get(), "attention_merge"), grid(rows_of(shape_)), {1, 1, 1}};
    set_arguments(session_, launch.kernel.get(), partial_.get(), buffers.out,
                  static_cast<cl_int>(shape_.heads), static_cast<cl_int>(shape_.kv_heads),
                  static_cast<cl_int>(shape_.q), static_cast<cl_int>(runs_.count));
    return launch;
  }

  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  Runs runs_;
  Handle<cl_program> program_;
  Memory partial_;  // of all bounds: they run one after the other
};

}  // namespace

bool few_rows(const AttentionShape& shape) { return rows_of(shape) <= most_rows; }

std::unique_ptr<Prepared> prepare_decode_attention(const Session& session, const Problem& problem) {
  return std::make_unique<DecodeAttention>(session, problem);
}

}  // namespace assay::opencl
