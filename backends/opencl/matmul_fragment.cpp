// The fragment family: products by the matrix instructions of GPUs.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_panels.hpp"
#include "backends/opencl/matmul_tiles.hpp"
#include "backends/opencl/matmul_tuning.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/tuning_key.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t row_unit = 64;  // bytes of k in a tile, as in fragment.cl
constexpr std::int64_t band = 8;       // column tiles that neighbouring work-groups share rows of

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

std::size_t size(std::int64_t x) { return static_cast<std::size_t>(x); }

struct FragmentPlan {
  const InstructionPath* path = nullptr;  // null: the same tiles without a matrix instruction
  FragmentConfig config;
  std::int64_t lanes = 16;
  std::int64_t row_bytes = 0, splits = 1, tiles_part = 0, row_tiles = 0, column_tiles = 0;
  std::vector<std::string> labels;

  [[nodiscard]] std::int64_t items() const { return config.groups_m * config.groups_n * lanes; }
};

// From the largest down; sub-groups of fewer lanes are more, so that their sums find registers.
std::vector<FragmentConfig> choices(std::int64_t lanes) {
  if (lanes < 32) return {{128, 128, 2, 4, 3}, {64, 64, 2, 2, 3}};
  return {{128, 128, 2, 2, 3}, {128, 64, 2, 2, 3}, {64, 64, 2, 2, 3}};
}

bool fits(const Session& session, const InstructionPath* path, const FragmentConfig& c) {
  const std::int64_t lanes = path == nullptr ? 16 : path->lanes;
  const std::int64_t stride = path != nullptr && path->name == "nvidia.wmma" ? 80 : row_unit;
  return size(c.stages * (c.tm + c.tn) * stride) <= session.limits.local_memory &&
         size(c.groups_m * c.groups_n * lanes) <= session.limits.work_group;
}

// The largest that the device holds and that leaves it enough work-groups.
FragmentConfig choose_config(const Session& session, const MatmulShape& s,
                             const InstructionPath* path) {
  const auto all = choices(path == nullptr ? 16 : path->lanes);
  for (FragmentConfig c : all) {
    const bool last = c == all.back();
    const std::int64_t tiles = ceil_div(s.m, c.tm) * ceil_div(s.n, c.tn) * s.batch;
    if (tiles < session.info.compute_units && !last) continue;
    if (!fits(session, path, c)) c.stages = 2;
    if (fits(session, path, c)) return c;
  }
  FragmentConfig least = all.back();
  least.stages = 2;
  return least;
}

FragmentPlan plan_fragment(const Session& session, const MatmulShape& s,
                           const InstructionPath* path, std::string_view variant) {
  FragmentPlan plan;
  plan.path = path;
  if (path != nullptr) plan.lanes = path->lanes;
  const auto choice =
      tuned_choice(matmul_tuning_key(session, s, "fragment"), variant, parse_fragment,
                   [&](const FragmentConfig& c) { return fits(session, path, c); });
  const bool large = ceil_div(s.m, 64) * ceil_div(s.n, 64) * s.batch >= session.info.compute_units;
  // What suits many tiles leaves a device with few of them idle.
  const bool wanted =
      choice.config && fits(session, path, *choice.config) && (large || !variant.empty());
  plan.config = wanted ? *choice.config : choose_config(session, s, path);
  plan.labels = choice.labels;
  plan.row_tiles = ceil_div(s.m, plan.config.tm);
  plan.column_tiles = ceil_div(s.n, plan.config.tn);
  const std::int64_t bytes = bits(s.dtype) / 8;
  plan.row_bytes = std::max(ceil_div(s.k * bytes, row_unit), std::int64_t{1}) * row_unit;
  const Splits splits =
      split_k(plan.row_bytes / bytes, plan.row_tiles * plan.column_tiles * s.batch,
              session.info.compute_units, row_unit / bytes);
  plan.splits = splits.count;
  plan.tiles_part = splits.k_part * bytes / row_unit;
  return plan;
}

class FragmentMatmul final : public Prepared {
 public:
  FragmentMatmul(const Session& session, const Problem& problem, const FragmentPlan& plan)
      : session_(session),
        problem_(problem),
        shape_(matmul_shape(problem)),
        plan_(plan),
        main_(build_program(session, matmul_fragment_cl, main_options())) {
    if (!a_in_place()) {
      pad_a_ = pad_program(shape_.a_transposed);
      padded_a_.emplace(session, padded_bytes(shape_.m));
    }
    if (!b_in_place()) pad_b_ = pad_program(!shape_.b_transposed);
    if (!b_in_place() && !shape_.constant) padded_b_.emplace(session, padded_bytes(shape_.n));
    if (plan_.splits > 1) sums_.emplace(session, shape_, plan_.splits);
  }

  [[nodiscard]] std::string implementation() const override {
    return "fragment_" + std::to_string(plan_.config.tm) + "x" + std::to_string(plan_.config.tn) +
           (plan_.splits > 1 ? "_split" + std::to_string(plan_.splits) : "") + ":" +
           std::string(plan_.path == nullptr ? "plain" : plan_.path->name);
  }
  [[nodiscard]] std::string path() const override { return ceiling_path(plan_.path); }
  [[nodiscard]] std::vector<std::string> labels() const override { return plan_.labels; }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const MatmulBuffers buffers = matmul_buffers(problem_, tensors);
    std::vector<Launch> launches;
    std::vector<std::unique_ptr<Memory>> owned;
    std::size_t touched = problem_.bytes();
    cl_mem a = buffers.a;
    cl_mem b = buffers.b;
    if (padded_a_) {
      a = padded_a_->get();
      launches.push_back(pad(pad_a_.get(), buffers.a, a, shape_.m));
    }
    if (padded_b_) {
      b = padded_b_->get();
      launches.push_back(pad(pad_b_.get(), buffers.b, b, shape_.n));
    } else if (!b_in_place()) {
      owned.push_back(std::make_unique<Memory>(session_, padded_bytes(shape_.n)));
      b = owned.back()->get();
      std::vector<Launch> packing;
      packing.push_back(pad(pad_b_.get(), buffers.b, b, shape_.n));
      run_now(session_, packing);
      touched += owned.back()->size() - problem_.find("b")->bytes();
    }
    launches.push_back(multiply(buffers, a, b));
    if (sums_) launches.push_back(sums_->finish(buffers));
    return std::make_unique<Launches>(std::move(launches), std::move(owned), touched);
  }

 private:
  // Rows along k, and as long as whole tiles.
  [[nodiscard]] bool whole_rows() const {
    return shape_.k * (bits(shape_.dtype) / 8) == plan_.row_bytes;
  }
  [[nodiscard]] bool a_in_place() const { return !shape_.a_transposed && whole_rows(); }
  [[nodiscard]] bool b_in_place() const { return shape_.b_transposed && whole_rows(); }
  [[nodiscard]] std::size_t padded_bytes(std::int64_t rows) const {
    return size(shape_.batch * rows * plan_.row_bytes);
  }

  [[nodiscard]] Options main_options() const {
    Options options = matmul_options(session_, shape_);
    if (plan_.path != nullptr) {
      choose_path(options, *plan_.path);
    } else {
      options.define("FRAGMENT_TYPE", name(shape_.dtype));
    }
    options.define("TM", plan_.config.tm)
        .define("TN", plan_.config.tn)
        .define("GROUPS_M", plan_.config.groups_m)
        .define("GROUPS_N", plan_.config.groups_n)
        .define("STAGES", plan_.config.stages)
        .define("SPLITS", plan_.splits > 1 ? 1 : 0);
    return options;
  }

  [[nodiscard]] Handle<cl_program> pad_program(bool columns) const {
    Options options;
    options.define("ELEMENT", bits(shape_.dtype) == 16 ? "ushort" : "uchar")
        .define("COLUMNS", columns ? 1 : 0);
    return build_program(session_, matmul_pad_cl, options);
  }

  [[nodiscard]] Launch pad(cl_program program, cl_mem from, cl_mem to, std::int64_t rows) const {
    Launch launch;
    launch.kernel = make_kernel(session_, program, "pad_rows");
    set_arguments(session_, launch.kernel.get(), from, to, static_cast<cl_int>(shape_.k));
    launch.global = {size(plan_.row_bytes / (bits(shape_.dtype) / 8)), size(rows),
                     size(shape_.batch)};
    launch.local = {32, 1, 1};
    return launch;
  }

  [[nodiscard]] Launch multiply(const MatmulBuffers& buffers, cl_mem a, cl_mem b) const {
    Launch launch;
    launch.kernel = make_kernel(session_, main_.get(), "matmul_fragment");
    set_arguments(session_, launch.kernel.get(), a, b, buffers.a_scale, buffers.b_scale,
                  buffers.bias, sums_ ? sums_->partial() : buffers.out,
                  static_cast<cl_int>(shape_.m), static_cast<cl_int>(shape_.n),
                  static_cast<cl_int>(plan_.row_bytes), static_cast<cl_int>(band),
                  static_cast<cl_int>(plan_.tiles_part), static_cast<cl_int>(shape_.batch));
    launch.global = {size(plan_.items() * plan_.row_tiles * plan_.column_tiles), 1,
                     size(shape_.batch * plan_.splits)};
    launch.local = {size(plan_.items()), 1, 1};
    return launch;
  }

  const Session& session_;
  Problem problem_;
  MatmulShape shape_;
  FragmentPlan plan_;
  Handle<cl_program> main_, pad_a_, pad_b_;
  std::optional<Memory> padded_a_, padded_b_;  // where they are padded in every call
  std::optional<SplitSums> sums_;
};

}  // namespace

std::string fragment_matmul_problem(const Session& session, const MatmulShape& s,
                                    std::string_view variant) {
  if (variant.starts_with("fragment-")) {
    const auto config = parse_fragment(variant);
    if (!config) {
      return "'" + std::string(variant) + "' is no configuration such as " +
             to_variant(FragmentConfig{});
    }
    if (!fits(session, fragment_path(session, s), *config)) {
      return "the device has not enough local memory or work-items for " + std::string(variant);
    }
  }
  if (s.dtype != s.weights || s.group != 0 || (bits(s.dtype) != 16 && s.dtype != DType::s8)) {
    return "matrix instructions take f16, bf16 or s8 for both operands";
  }
  constexpr std::size_t most_items = 256;
  if (session.limits.work_group < most_items) {
    return "the device has work-groups of " + std::to_string(session.limits.work_group) +
           "; the kernel needs up to " + std::to_string(most_items);
  }
  constexpr std::size_t least_local = std::size_t{2} * 128 * 80;
  if (session.limits.local_memory < least_local) {
    return "the device has " + std::to_string(session.limits.local_memory) +
           " bytes of local memory; the kernel needs " + std::to_string(least_local);
  }
  const std::int64_t row = ceil_div(s.k * (bits(s.dtype) / 8), row_unit) * row_unit;
  return too_large(session, "a padded operand",
                   static_cast<double>(s.batch * std::max(s.m, s.n) * row));
}

const InstructionPath* fragment_path(const Session& session, const MatmulShape& s) {
  if (!fragment_matmul_problem(session, s, {}).empty()) return nullptr;
  return session.probes->best(session, InstructionPath::Kind::fragment, s.dtype);
}

std::unique_ptr<Prepared> prepare_fragment_matmul(const Session& session, const Problem& problem,
                                                  const InstructionPath* path,
                                                  std::string_view variant) {
  return std::make_unique<FragmentMatmul>(
      session, problem, plan_fragment(session, matmul_shape(problem), path, variant));
}

}  // namespace assay::opencl
