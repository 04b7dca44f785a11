// Flash attention by matrix instructions of GPUs.
#include <algorithm>
#include <optional>

#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul_tiles.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/tuned.hpp"
#include "backends/opencl/tuning_key.hpp"
#include "backends/tuning.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t teams = 4;           // sub-groups of a work-group
constexpr std::int64_t fragment_rows = 16;  // of a sub-group, or twice that
constexpr std::int64_t tile_bytes = 64;
constexpr std::int64_t chunk_elements = 8;  // of a copy of 16 bytes

// The instruction whose file tells which sums a work-item holds; null: none that works here, the
// same kernel then computes without (fragment_plain.cl).
const InstructionPath* choose_instruction(const Session& session, DType dtype) {
  return session.probes->find(session, "nvidia.mma", dtype);
}

// Of a work-group: row tiles of each sub-group, and keys that it takes at a time.
struct Blocks {
  int row_tiles = 0, keys = 0;
  [[nodiscard]] std::int64_t rows() const { return teams * row_tiles * fragment_rows; }
};

// "fragment-2x32" and back.
std::string to_variant(const Blocks& blocks) {
  return "fragment-" + std::to_string(blocks.row_tiles) + "x" + std::to_string(blocks.keys);
}

std::optional<Blocks> parse_blocks(std::string_view variant) {
  Blocks blocks;
  if (!take_numbers(variant, "fragment-", "x", {&blocks.row_tiles, &blocks.keys})) {
    return std::nullopt;
  }
  const bool sane = (blocks.row_tiles == 1 || blocks.row_tiles == 2) &&
                    (blocks.keys == 16 || blocks.keys == 32 || blocks.keys == 64);
  return sane ? std::optional(blocks) : std::nullopt;
}

// Two blocks of keys and values; before that the queries.
std::size_t local_bytes(const AttentionShape& s, const Blocks& blocks) {
  return static_cast<std::size_t>(ceil_div(s.d * 2, tile_bytes) * tile_bytes *
                                  std::max<std::int64_t>(4 * blocks.keys, blocks.rows()));
}

// Two row tiles read keys and values half as often, but leave a device idle where there are few rows.
bool fills(const Session& session, const AttentionShape& s, const Blocks& blocks) {
  const std::int64_t groups = ceil_div(rows_of(s), blocks.rows()) * s.kv_heads * s.batch;
  return blocks.row_tiles == 1 || groups >= 2 * session.info.compute_units;
}

// Sums, queries and scores of a sub-group fill its registers.
Blocks default_blocks(const Session& session, const AttentionShape& s) {
  constexpr std::int64_t widest = 128;
  if (s.d > widest) return {1, 16};
  Blocks blocks{2, s.d > 64 ? 32 : 64};
  if (!fills(session, s, blocks)) blocks.row_tiles = 1;
  return blocks;
}

// What the variant says, else a tuner's choice where it fits the problem, else the default.
Blocks choose_blocks(const Session& session, const AttentionShape& s, std::string_view variant) {
  if (const auto asked = parse_blocks(variant)) return *asked;
  const std::string key = variant.empty() ? attention_tuning_key(session, s) : "";
  const auto tuned = key.empty() ? std::nullopt : tuned_variant(key, tuned_defaults());
  const auto chosen = tuned ? parse_blocks(*tuned) : std::nullopt;
  const bool fits = chosen && fills(session, s, *chosen) &&
                    local_bytes(s, *chosen) <= session.limits.local_memory;
  return fits ? *chosen : default_blocks(session, s);
}

class FragmentAttention final : public Prepared {
 public:
  FragmentAttention(const Session& session, const Problem& problem, std::string_view variant)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        instruction_(choose_instruction(session, shape_.dtype)),
        blocks_(choose_blocks(session, shape_, variant)),
        program_(build_program(session, attention_fragment_cl, options())) {}

  [[nodiscard]] std::string implementation() const override {
    return "fragment_" + std::to_string(blocks_.rows()) + "x" + std::to_string(blocks_.keys) + ":" +
           std::string(instruction_ == nullptr ? "plain" : instruction_->name);
  }
  [[nodiscard]] std::string path() const override { return ceiling_path(instruction_); }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    const std::int64_t items = teams * (instruction_ == nullptr ? 16 : instruction_->lanes);
    const std::int64_t groups = ceil_div(rows_of(shape_), blocks_.rows());
    Launch launch{make_kernel(session_, program_.get(), "attention_fragment"),
                  {static_cast<std::size_t>(items * shape_.kv_heads),
                   static_cast<std::size_t>(groups), static_cast<std::size_t>(shape_.batch)},
                  {static_cast<std::size_t>(items), 1, 1}};
    set_arguments(session_, launch.kernel.get(), buffers.q, buffers.k, buffers.v, buffers.out,
                  static_cast<cl_int>(shape_.heads), static_cast<cl_int>(shape_.kv_heads),
                  static_cast<cl_int>(shape_.q), static_cast<cl_int>(shape_.kv),
                  attention_scale(shape_));
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = attention_options(session_, shape_);
    if (instruction_ != nullptr) {
      choose_path(options, *instruction_);
    } else {
      options.define("FRAGMENT_TYPE", name(shape_.dtype));
    }
    return options.define("VW", 4)
        .define("NV", 1)
        .define("TEAMS", teams)
        .define("ROW_TILES", blocks_.row_tiles)
        .define("KB", blocks_.keys);
  }

  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  const InstructionPath* instruction_;
  Blocks blocks_;
  Handle<cl_program> program_;
};

}  // namespace

std::string fragment_attention_problem(const Session& session, const AttentionShape& shape,
                                       std::string_view variant) {
  const auto asked = parse_blocks(variant);
  if (variant.starts_with("fragment-") && !asked) {
    return "'" + std::string(variant) + "' is no configuration such as " +
           to_variant(Blocks{2, 32});
  }
  if (shape.dtype == DType::f32 || shape.kv_dtype != shape.dtype) {
    return "matrix instructions take f16 or bf16 queries, keys and values of one dtype";
  }
  if (shape.d % chunk_elements != 0) return "d isn't a multiple of 8";
  return lacks_tiles(session, local_bytes(shape, asked.value_or(default_blocks(session, shape))));
}

bool has_attention_instruction(const Session& session, const AttentionShape& shape) {
  return !few_rows(shape) && fragment_attention_problem(session, shape, {}).empty() &&
         choose_instruction(session, shape.dtype) != nullptr;
}

std::string attention_tuning_key(const Session& session, const AttentionShape& shape) {
  if (choose_family(session, "") != Family::tiled || !has_attention_instruction(session, shape)) {
    return {};
  }
  // Wide heads need more registers.
  const std::string problems = "attention " + std::string(name(shape.dtype)) +
                               (shape.d <= 64    ? " d 64"
                                : shape.d <= 128 ? " d 128"
                                                 : " d 256");
  return tuning_key(session, problems, {&attention_fragment_cl});
}

std::vector<std::string> attention_candidates(const Session& session, const AttentionShape& shape,
                                              std::string_view best) {
  std::vector<std::string> variants;
  if (!best.empty() || attention_tuning_key(session, shape).empty()) return variants;
  for (const int row_tiles : {1, 2}) {
    for (const int keys : {32, 64, 16}) {
      const Blocks blocks{row_tiles, keys};
      if (local_bytes(shape, blocks) <= session.limits.local_memory) {
        variants.push_back(to_variant(blocks));
      }
    }
  }
  return variants;
}

std::unique_ptr<Prepared> prepare_fragment_attention(const Session& session, const Problem& problem,
                                                     std::string_view variant) {
  return std::make_unique<FragmentAttention>(session, problem, variant);
}

}  // namespace assay::opencl
