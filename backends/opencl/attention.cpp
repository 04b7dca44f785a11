#include "backends/opencl/attention.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "backends/opencl/family.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/queue.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t largest_d = 256;
constexpr std::int64_t key_block = 64;  // of the packed family

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

// Rows of one key/value head: the queries of all query heads that share it.
std::int64_t rows_of(const AttentionShape& s) { return s.q * s.group(); }

std::size_t tiled_local_bytes(const AttentionShape& s) {
  const std::int64_t columns = ceil_div(s.d, 16) * 16;
  // The kernel's arrays, in order: qs, ks, ps, vs, and three numbers a row.
  constexpr std::int64_t one = 1;
  const std::int64_t floats =
      one * 16 * 65 + one * 16 * 33 + one * 64 * 33 + 8 * columns + one * 3 * 64;
  return static_cast<std::size_t>(floats) * sizeof(float);
}

// What a family makes of a shape.
struct Plan {
  const Source* source = nullptr;
  const char* kernel = nullptr;
  Options options;
  std::string implementation;
  std::int64_t block = 0;  // rows of a work-group
  Sizes global{};
  Sizes local{};
};

Options shared_options(const Session& session, const AttentionShape& s) {
  Options options;
  options.define("Q_TYPE", name(s.dtype))
      .define("KV_TYPE", name(s.kv_dtype))
      .define("KV_SCALED", s.kv_dtype == DType::s8 ? 1 : 0)
      .define("CAUSAL", s.causal ? 1 : 0)
      .define("D", s.d);
  if (session.limits.fma) options.define("USE_FMA", 1);
  return options;
}

Plan plan_packed(const Session& session, const AttentionShape& s) {
  const std::int64_t vector = session.limits.vector_width;
  const std::int64_t rows = rows_of(s);
  const std::int64_t mr = tile_rows(session, rows);
  // More rows share each block of keys, fewer leave more work-items; less than the cache either way.
  const std::int64_t most = (s.d > 128 ? 64 : 128) / mr * mr;
  std::int64_t block = std::min(most, mr * ceil_div(rows, mr));
  const std::int64_t heads = s.batch * s.kv_heads;
  while (block > 2 * mr && heads * ceil_div(rows, block) < enough_groups(session)) {
    block = mr * ceil_div(block / 2, mr);
  }
  Plan plan;
  plan.source = &attention_packed_cl;
  plan.kernel = "attention_packed";
  plan.options = shared_options(session, s);
  plan.options.define("VW", vector)
      .define("MR", mr)
      .define("BR", most)
      .define("KB", key_block)
      .define("DP", ceil_div(s.d, 2 * vector) * 2 * vector);
  plan.implementation =
      "packed_" + std::to_string(mr) + "x" + std::to_string(2 * vector) + ":plain";
  plan.block = block;
  plan.global = {static_cast<std::size_t>(ceil_div(rows, block)),
                 static_cast<std::size_t>(s.kv_heads), static_cast<std::size_t>(s.batch)};
  plan.local = {1, 1, 1};
  return plan;
}

Plan plan_tiled(const Session& session, const AttentionShape& s) {
  const std::int64_t rows_each = rows_of(s) <= 16 ? 1 : 4;
  const std::int64_t tile = 16 * rows_each;
  Plan plan;
  plan.source = &attention_tiled_cl;
  plan.kernel = "attention_tiled";
  plan.options = shared_options(session, s);
  plan.options.define("RM", rows_each);
  plan.implementation = "tiled_" + std::to_string(tile) + "x32:plain";
  plan.block = tile;
  plan.global = {static_cast<std::size_t>(ceil_div(rows_of(s), tile) * 16),
                 static_cast<std::size_t>(s.kv_heads * 16), static_cast<std::size_t>(s.batch)};
  plan.local = {16, 16, 1};
  return plan;
}

class FlashAttention final : public Prepared {
 public:
  FlashAttention(const Session& session, const Problem& problem, Plan plan)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        plan_(std::move(plan)),
        program_(build_program(session, *plan_.source, plan_.options)) {}

  [[nodiscard]] std::string implementation() const override { return plan_.implementation; }
  [[nodiscard]] std::string path() const override { return "f32.fma"; }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const auto buffer = [&](std::string_view tensor) {
      return memory_of(*tensors[problem_.find(tensor) == nullptr ? 0 : problem_.index(tensor)]);
    };
    // The softmax runs in powers of two.
    const auto scale =
        static_cast<cl_float>(std::numbers::log2e / std::sqrt(static_cast<double>(shape_.d)));
    Launch launch;
    launch.kernel = make_kernel(session_, program_.get(), plan_.kernel);
    set_arguments(session_, launch.kernel.get(), buffer("q"), buffer("k"), buffer("v"),
                  buffer("k_scale"), buffer("v_scale"), buffer("out"),
                  static_cast<cl_int>(shape_.heads), static_cast<cl_int>(shape_.kv_heads),
                  static_cast<cl_int>(shape_.q), static_cast<cl_int>(shape_.kv), scale,
                  static_cast<cl_int>(plan_.block));
    launch.global = plan_.global;
    launch.local = plan_.local;
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  Plan plan_;
  Handle<cl_program> program_;
};

}  // namespace

Support supports_attention(const Session& session, const Problem& problem,
                           std::string_view variant) {
  const auto family = choose_family(session, variant);
  if (!family) {
    return Support::no("attention has no variant '" + std::string(variant) +
                       "' here; the variants are packed and tiled");
  }
  const AttentionShape s = attention_shape(problem);
  if (s.d > largest_d) {
    return Support::no("d:" + std::to_string(s.d) + " is above " + std::to_string(largest_d));
  }
  // Kernels count rows and keys in int, rounded up to whole tiles.
  constexpr std::int64_t largest = 2147483647 - 4096;
  if (s.kv > largest || rows_of(s) > largest) {
    return Support::no("more than " + std::to_string(largest) +
                       " keys, or queries of a group, don't fit the kernel's int");
  }
  for (const TensorSpec& spec : problem.tensors) {
    const auto reason =
        too_large(session, "tensor " + spec.name, static_cast<double>(spec.bytes()));
    if (!reason.empty()) return Support::no(reason);
  }
  if (*family == Family::packed) return Support::yes();
  const std::string reason = lacks_tiles(session, tiled_local_bytes(s));
  return reason.empty() ? Support::yes() : Support::no(reason);
}

std::unique_ptr<Prepared> prepare_attention(const Session& session, const Problem& problem,
                                            std::string_view variant) {
  const AttentionShape s = attention_shape(problem);
  const bool packed = choose_family(session, variant) == Family::packed;
  return std::make_unique<FlashAttention>(
      session, problem, packed ? plan_packed(session, s) : plan_tiled(session, s));
}

}  // namespace assay::opencl
