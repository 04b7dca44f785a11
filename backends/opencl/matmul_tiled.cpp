// The tiled family: plans for devices whose work-items are lanes.
#include <algorithm>
#include <array>

#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_panels.hpp"
#include "backends/opencl/matmul_rows.hpp"
#include "backends/opencl/matmul_tiles.hpp"
#include "backends/opencl/matmul_tuning.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/tuning_key.hpp"

namespace assay::opencl {
namespace {

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

std::size_t size(std::int64_t x) { return static_cast<std::size_t>(x); }

// From the largest down.
constexpr std::array configs = {TiledConfig{128, 128, 16, 8, 8}, TiledConfig{64, 64, 16, 4, 4},
                                TiledConfig{32, 32, 8, 4, 4}};

// Why the device can't run the configuration; empty if it can.
std::string lacks(const Session& session, const TiledConfig& c) {
  if (session.limits.work_group < c.items()) {
    return "the device has work-groups of " + std::to_string(session.limits.work_group) +
           "; the kernel needs " + std::to_string(c.items());
  }
  if (session.limits.local_memory < c.local_bytes()) {
    return "the device has " + std::to_string(session.limits.local_memory) +
           " bytes of local memory; the kernel needs " + std::to_string(c.local_bytes());
  }
  return {};
}

// The largest that the device can run and that leaves it enough work-groups.
TiledConfig choose_config(const Session& session, const MatmulShape& s) {
  for (const TiledConfig& c : configs) {
    // Simulated lanes are threads' vectors: large tiles only take long to compile.
    if (session.info.software && c.rm > 4) continue;
    if (!lacks(session, c).empty()) continue;
    const std::int64_t groups = ceil_div(s.m, c.tm) * ceil_div(s.n, c.tn) * s.batch;
    if (groups >= session.info.compute_units || &c == &configs.back()) return c;
  }
  return configs.back();
}

const InstructionPath* lane_path(const Session& session, const MatmulShape& s) {
  if (is_float(s.dtype)) return nullptr;
  return session.probes->best(session, InstructionPath::Kind::tile, s.dtype, 1);
}

// What both kernels' plans share: lanes are columns of panels that wide.
PanelPlan lane_plan(const MatmulShape& s, const InstructionPath* path, std::int64_t width) {
  PanelPlan plan;
  plan.lanes = true;
  if (path != nullptr) {
    choose_path(plan.options, *path);
  } else {
    plan.options.define("VW", 1);
  }
  plan.options.define("NV", width);
  plan.layout.panel_width = width;
  plan.layout.panels = ceil_div(s.n, width);
  const bool grouped = s.group != 0;
  plan.layout.nibbles = grouped && bits(s.weights) == 4 && s.group % 8 == 0;
  plan.layout.unit = path == nullptr || grouped ? 1 : path->k_unit;
  return plan;
}

void finish_plan(PanelPlan& plan, const InstructionPath* path, std::int64_t k, std::int64_t groups,
                 std::int64_t wanted) {
  const Splits splits = split_k(k, groups, wanted, 64);
  plan.path = path;
  plan.splits = splits.count;
  plan.k_part = splits.k_part;
  if (splits.count > 1) plan.implementation += "_split" + std::to_string(splits.count);
  plan.implementation += ":" + std::string(path == nullptr ? "plain" : path->name);
}

RowsConfig rows_config(const Session& session, const MatmulShape& s, const InstructionPath* path) {
  const bool nibbles = s.group != 0 && bits(s.weights) == 4 && s.group % 8 == 0;
  const int unit = nibbles ? 32 : 128 / std::max(bits(s.weights), 8);
  return choose_rows(session, s, unit, path != nullptr);
}

PanelPlan plan_rows(const Session& session, const MatmulShape& s, const RowsConfig& c,
                    const InstructionPath* path) {
  PanelPlan plan = lane_plan(s, path, c.width());
  plan.source = &matmul_rows_cl;
  plan.kernel = "matmul_rows";
  if (plan.layout.nibbles) {
    plan.layout.nibble_words = 4;
  } else {
    plan.layout.unit = c.unit;
  }
  plan.options.define("NR", c.width())
      .define("MR", c.rows)
      .define("COLUMNS", c.columns)
      .define("LANES", c.lanes)
      .define("SLICES", c.slices)
      .define("DEPTH", c.depth)
      .define("CHUNK", c.chunk)
      .define("UNIT", c.unit)
      .define("GROUP", s.group)
      .define("UNIT_IN_GROUP", s.group % c.unit == 0 ? 1 : 0)
      .define("FRACTIONS", plan.layout.nibbles && s.group % c.unit == 0 ? 1 : 0)
      .define("A_WIDE", !s.a_transposed && s.k % 4 == 0 ? 4 : 1)
      .define("A_IS_F16", s.dtype == DType::f16 ? 1 : 0)
      .define("B_IS_F16", s.weights == DType::f16 ? 1 : 0);
  if (path == nullptr) plan.options.define("A_SIGNED", s.dtype == DType::s8 ? 1 : 0);
  plan.local = {size(c.lanes), size(c.slices), 1};
  plan.global = {size(plan.layout.panels) * plan.local[0], plan.local[1], size(s.batch)};
  plan.implementation = "rows_" + std::to_string(c.rows) + "x" + std::to_string(c.width());
  // The sums of splits cost another launch, so only where many processors would have nothing to do.
  const std::int64_t groups = plan.layout.panels * s.batch;
  const bool few = groups * 4 < session.info.compute_units * std::int64_t{3};
  finish_plan(plan, path, s.k, groups, few ? enough_groups(session) : 0);
  return plan;
}

PanelPlan plan_tiles(const Session& session, const MatmulShape& s, const TiledConfig& c) {
  const InstructionPath* const path = lane_path(session, s);
  PanelPlan plan = lane_plan(s, path, c.tn);
  plan.source = &matmul_tiled_cl;
  plan.kernel = "matmul_tiled";
  const std::int64_t unit = path == nullptr ? 1 : path->k_unit;
  plan.options.define("TM", c.tm)
      .define("TN", c.tn)
      .define("TK", c.tk)
      .define("RM", c.rm)
      .define("RN", c.rn)
      .define("A_WIDE", !s.a_transposed && s.k % (4 * unit) == 0 ? 1 : 0);
  const std::int64_t row_tiles = ceil_div(s.m, c.tm);
  plan.local = {size(c.tn / c.rn), size(c.tm / c.rm), 1};
  plan.global = {plan.local[0] * size(plan.layout.panels), plan.local[1] * size(row_tiles),
                 size(s.batch)};
  plan.implementation = "tiled_" + std::to_string(c.tm) + "x" + std::to_string(c.tn);
  finish_plan(plan, path, s.k, row_tiles * plan.layout.panels * s.batch,
              session.info.compute_units);
  return plan;
}

}  // namespace

std::string tiled_matmul_problem(const Session& session, const MatmulShape& shape,
                                 std::string_view variant) {
  const auto asked = parse_tiled(variant);
  if (variant.starts_with("tiled-") && !asked) {
    return "'" + std::string(variant) + "' is no configuration such as " +
           to_variant(configs.front());
  }
  const TiledConfig c = asked.value_or(configs.back());
  if (std::string reason = lacks(session, c); !reason.empty()) return reason;
  WeightLayout layout;
  layout.panel_width = c.tn;
  layout.panels = ceil_div(shape.n, c.tn);
  return too_large(session, "the packed b", static_cast<double>(layout.weight_bytes(shape)));
}

std::unique_ptr<Prepared> prepare_tiled_matmul(const Session& session, const Problem& problem,
                                               std::string_view variant) {
  const MatmulShape shape = matmul_shape(problem);
  if (shape.m <= most_rows && (variant.empty() || variant == "tiled")) {
    const InstructionPath* const path = lane_path(session, shape);
    const RowsConfig config = rows_config(session, shape, path);
    if (fits_rows(session, config)) {
      return prepare_panels(session, problem, plan_rows(session, shape, config, path));
    }
  }
  const auto choice = tuned_choice(matmul_tuning_key(session, shape, "tiled"), variant, parse_tiled,
                                   [&](const TiledConfig& c) { return lacks(session, c).empty(); });
  PanelPlan plan =
      plan_tiles(session, shape, choice.config ? *choice.config : choose_config(session, shape));
  plan.labels = choice.labels;
  return prepare_panels(session, problem, std::move(plan));
}

}  // namespace assay::opencl
