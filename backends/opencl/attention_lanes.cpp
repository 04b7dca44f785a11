// Attention of the tiled family for few rows: one kernel over runs of keys, and one that brings the
// runs together.
#include <algorithm>
#include <limits>

#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t most_outputs = 32;  // floats of an item: the rest of its registers are busy
constexpr std::int64_t most_pairs = 16;    // dot products of a team at a time
constexpr std::int64_t start_keys = 128;   // what a work-group's start and end cost, in keys

// How the kernel's work-groups are cut.
struct Cut {
  std::int64_t lanes, words, team, rows, row_teams, key_teams, keys;
  [[nodiscard]] std::int64_t step() const { return key_teams * keys; }
  [[nodiscard]] std::int64_t teams() const { return key_teams * row_teams; }
};

std::size_t local_bytes(const Cut& cut, std::int64_t d) {
  // The kernel's arrays, in order: queries, scratch, scores, maxima and sums.
  const std::int64_t pairs = cut.teams() * cut.keys * cut.rows;
  const std::int64_t stride = cut.team % 4 == 0 ? cut.team + 4 : cut.team + 1 - cut.team % 2;
  const std::int64_t floats = cut.row_teams * cut.rows * d +
                              std::max(pairs * stride, cut.teams() * d) + pairs +
                              2 * cut.teams() * cut.rows;
  return static_cast<std::size_t>(floats) * sizeof(float);
}

Cut cut_of(const Session& session, const AttentionShape& s) {
  Cut cut{};
  // So large that compilers give an item 128 registers of 65536.
  cut.lanes = session.limits.work_group >= 512 ? 512 : 256;
  cut.words = 1;
  const std::int64_t bytes = bits(s.kv_dtype) / 8;
  // Eight columns of four rows share a conversion best.
  for (const std::int64_t words : {4, 8}) {
    if (s.d % words == 0 && words * bytes <= 16) cut.words = words;
  }
  // Few rows leave room for whole 16 bytes.
  if (bytes == 1 && s.d % 16 == 0 && 16 * rows_of(s) <= most_outputs) cut.words = 16;
  cut.team = s.d / cut.words;
  cut.row_teams = ceil_div(rows_of(s), most_outputs / cut.words);
  cut.rows = ceil_div(rows_of(s), cut.row_teams);
  cut.key_teams = cut.lanes / cut.team / cut.row_teams;
  cut.keys = std::clamp<std::int64_t>(most_pairs / cut.rows, 1, cut.lanes == 512 ? 4 : 2);
  while (cut.keys > 1 && local_bytes(cut, s.d) > session.limits.local_memory) cut.keys /= 2;
  return cut;
}

// Such that the work-groups, one a processor at a time, are done soonest.
std::int64_t run_length(const Session& session, const AttentionShape& s) {
  const std::int64_t heads = s.batch * s.kv_heads;
  const std::int64_t processors = std::max<std::int64_t>(session.info.compute_units, 1);
  const std::int64_t step = cut_of(session, s).step();
  const std::int64_t steps = ceil_div(s.kv, step);
  const std::int64_t most =
      std::min(steps, std::max<std::int64_t>(enough_groups(session) / heads, 1));
  std::int64_t best = steps * step;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t count = 1; count <= most; ++count) {
    const std::int64_t run = ceil_div(steps, count) * step;
    const std::int64_t rounds = ceil_div(heads * ceil_div(s.kv, run), processors);
    const std::int64_t cost = rounds * (run + start_keys);
    if (cost < least) {
      least = cost;
      best = run;
    }
  }
  return best;
}

class LanesAttention final : public Prepared {
 public:
  LanesAttention(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        cut_(cut_of(session, shape_)),
        run_(run_length(session, shape_)),
        runs_(ceil_div(shape_.kv, run_)),
        program_(build_program(session, attention_lanes_cl, options())),
        partial_(session, partial_bytes()) {}

  [[nodiscard]] std::string implementation() const override {
    return "lanes_" + std::to_string(rows_of(shape_)) + "x" + std::to_string(cut_.step()) +
           ":plain";
  }
  [[nodiscard]] std::string path() const override { return "f32.fma"; }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    const auto heads = static_cast<cl_int>(shape_.heads);
    const auto kv_heads = static_cast<cl_int>(shape_.kv_heads);
    const auto q = static_cast<cl_int>(shape_.q);
    const Sizes local = {static_cast<std::size_t>(cut_.lanes), 1, 1};
    Launch attend{make_kernel(session_, program_.get(), "attention_lanes"),
                  grid(runs_ * cut_.lanes), local};
    set_arguments(session_, attend.kernel.get(), buffers.q, buffers.k, buffers.v, buffers.k_scale,
                  buffers.v_scale, runs_ == 1 ? buffers.out : partial_.get(), heads, kv_heads, q,
                  static_cast<cl_int>(shape_.kv), attention_scale(shape_),
                  static_cast<cl_int>(run_));
    std::vector<Launch> launches;
    launches.push_back(std::move(attend));
    if (runs_ > 1) {
      Launch merge{make_kernel(session_, program_.get(), "attention_lanes_merge"),
                   grid(rows_of(shape_) * cut_.lanes), local};
      set_arguments(session_, merge.kernel.get(), partial_.get(), buffers.out, heads, kv_heads, q,
                    static_cast<cl_int>(runs_));
      launches.push_back(std::move(merge));
    }
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = attention_options(session_, shape_);
    return options.define("LANES", cut_.lanes)
        .define("VE", cut_.words)
        .define("KEYS", cut_.keys)
        .define("RR", cut_.rows)
        .define("DIRECT", runs_ == 1 ? 1 : 0)
        .define("RT", rows_of(shape_))
        .define("KV_IS_F16", shape_.kv_dtype == DType::f16 ? 1 : 0);
  }

  [[nodiscard]] std::size_t partial_bytes() const {
    if (runs_ == 1) return sizeof(float);
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
  Cut cut_;
  std::int64_t run_, runs_;
  Handle<cl_program> program_;
  Memory partial_;  // of all bounds: they run one after the other
};

}  // namespace

bool fits_lanes(const Session& session, const AttentionShape& shape) {
  return few_rows(shape) &&
         lacks_tiles(session, local_bytes(cut_of(session, shape), shape.d)).empty();
}

std::unique_ptr<Prepared> prepare_lanes_attention(const Session& session, const Problem& problem) {
  return std::make_unique<LanesAttention>(session, problem);
}

}  // namespace assay::opencl
