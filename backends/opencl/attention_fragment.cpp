// Flash attention by matrix instructions of GPUs.
#include <algorithm>
#include <optional>

#include "backends/opencl/attention_blocks.hpp"
#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/tuning_key.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t widest = 128;  // d of heads for which there is a choice
constexpr std::int64_t tile_bytes = 64;
constexpr std::int64_t chunk_elements = 8;  // of a copy of 16 bytes

// The instruction whose file tells which sums a work-item holds; null: none that works here, the
// same kernel then computes without (fragment_plain.cl).
const InstructionPath* choose_instruction(const Session& session, DType dtype) {
  return session.probes->find(session, "nvidia.mma", dtype);
}

// Two blocks of keys and values; before that the queries.
std::size_t local_bytes(const AttentionShape& s, const AttentionBlocks& blocks) {
  return static_cast<std::size_t>(ceil_div(s.d * 2, tile_bytes) * tile_bytes *
                                  std::max<std::int64_t>(4 * blocks.keys, blocks.rows()));
}

// Two row tiles read keys and values half as often, but leave a device idle where there are few rows.
bool fills(const Session& session, const AttentionShape& s, const AttentionBlocks& blocks) {
  const std::int64_t groups = ceil_div(rows_of(s), blocks.rows()) * s.kv_heads * s.batch;
  return blocks.row_tiles == 1 || groups >= 2 * session.info.compute_units;
}

// Sums, queries and scores of a sub-group fill its registers.
AttentionBlocks default_blocks(const Session& session, const AttentionShape& s) {
  if (s.d > widest) return {1, 16};
  AttentionBlocks blocks{2, s.d > 64 ? 32 : 64};
  if (!fills(session, s, blocks)) blocks.row_tiles = 1;
  return blocks;
}

// The class of a tuning file's entries, and its key. Sums of wider heads leave registers for one choice.
std::string entry_key(const Session& session, const AttentionShape& s) {
  if (s.d > widest) return {};
  return tuning_key(session, "attention fragment " + std::string(name(s.dtype)) +
                                 (s.d <= 64 ? " d 64" : " d 128"));
}

// What the variant says, else a tuner's choice.
TunedChoice<AttentionBlocks> choose(const Session& session, const AttentionShape& s,
                                    std::string_view variant) {
  return tuned_choice(entry_key(session, s), variant, parse_blocks,
                      [&](const AttentionBlocks& blocks) {
                        return local_bytes(s, blocks) <= session.limits.local_memory;
                      });
}

class FragmentAttention final : public Prepared {
 public:
  FragmentAttention(const Session& session, const Problem& problem, std::string_view variant)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        instruction_(choose_instruction(session, shape_.dtype)),
        choice_(choose(session, shape_, variant)),
        // A choice for many rows leaves a device idle where there are few.
        blocks_(choice_.config && (!variant.empty() || fills(session, shape_, *choice_.config))
                    ? *choice_.config
                    : default_blocks(session, shape_)),
        program_(build_program(session, attention_fragment_cl, options())) {}

  [[nodiscard]] std::string implementation() const override {
    return "fragment_" + std::to_string(blocks_.rows()) + "x" + std::to_string(blocks_.keys) + ":" +
           std::string(instruction_ == nullptr ? "plain" : instruction_->name);
  }
  [[nodiscard]] std::string path() const override { return ceiling_path(instruction_); }
  [[nodiscard]] std::vector<std::string> labels() const override { return choice_.labels; }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    const std::int64_t items =
        AttentionBlocks::teams * (instruction_ == nullptr ? 16 : instruction_->lanes);
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
        .define("TEAMS", AttentionBlocks::teams)
        .define("ROW_TILES", blocks_.row_tiles)
        .define("KB", blocks_.keys);
  }

  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  const InstructionPath* instruction_;
  TunedChoice<AttentionBlocks> choice_;
  AttentionBlocks blocks_;
  Handle<cl_program> program_;
};

}  // namespace

std::string fragment_attention_problem(const Session& session, const AttentionShape& shape,
                                       std::string_view variant) {
  const auto asked = parse_blocks(variant);
  if (variant.starts_with("fragment-") && !asked) {
    return "'" + std::string(variant) + "' is no configuration such as " +
           to_variant(AttentionBlocks{2, 32});
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
  return entry_key(session, shape);
}

std::vector<std::string> attention_candidates(const Session& session, const AttentionShape& shape,
                                              std::string_view best) {
  std::vector<std::string> variants;
  if (!best.empty() || attention_tuning_key(session, shape).empty()) return variants;
  for (const int row_tiles : {1, 2}) {
    for (const int keys : {32, 64, 16}) {
      const AttentionBlocks blocks{row_tiles, keys};
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
