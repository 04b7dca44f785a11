// The packed family: plans for devices whose work-items are threads with vector registers.
#include <algorithm>

#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_panels.hpp"
#include "backends/opencl/matmul_plan.hpp"
#include "backends/opencl/matmul_tuning.hpp"
#include "backends/opencl/tuning_key.hpp"

namespace assay::opencl {
namespace {

PanelPlan panel_plan(const MatmulShape& shape, const PackedPlan& plan) {
  const PackedConfig& c = plan.config;
  PanelPlan result;
  result.source = plan.direct ? &matmul_direct_cl : &matmul_packed_cl;
  result.kernel = plan.direct ? "matmul_direct" : "matmul_packed";
  if (plan.path != nullptr) result.options.define(plan.path->definition, 1);
  result.options.define("UNPACK", plan.unpack ? 1 : 0)
      .define("VW", plan.vector)
      .define("NV", c.nv)
      .define("MR", c.mr)
      .define("MB", c.mb)
      .define("NB", std::max<std::int64_t>(c.nb, plan.column_block))
      .define("KB", c.kb);
  result.layout = plan.layout;
  result.global = {static_cast<std::size_t>(plan.column_blocks),
                   static_cast<std::size_t>(plan.row_blocks),
                   static_cast<std::size_t>(shape.batch)};
  result.local = {1, 1, 1};
  result.row_block = plan.row_block;
  result.column_block = plan.column_block;
  result.splits = plan.splits;
  result.k_part = plan.k_part;
  result.path = plan.path;
  result.implementation = std::string(plan.direct ? "direct_" : "packed_") + std::to_string(c.mr) +
                          "x" + std::to_string(plan.layout.panel_width) +
                          (plan.splits > 1 ? "_split" + std::to_string(plan.splits) : "") + ":" +
                          std::string(plan.path == nullptr ? "plain" : plan.path->name);
  return result;
}

}  // namespace

std::string packed_matmul_problem(const Session& session, const MatmulShape& shape,
                                  std::string_view variant) {
  if (variant.starts_with("packed-") && !parse_packed(variant)) {
    return "'" + std::string(variant) + "' is no configuration such as " +
           to_variant(PackedConfig{});
  }
  // Without asking for instructions: they change the padding of k only.
  const PackedPlan plan = plan_packed_matmul(session, shape, nullptr, parse_packed(variant));
  return too_large(session, "the packed b", static_cast<double>(plan.layout.weight_bytes(shape)));
}

std::unique_ptr<Prepared> prepare_packed_matmul(const Session& session, const Problem& problem,
                                                std::string_view variant) {
  const MatmulShape shape = matmul_shape(problem);
  const auto choice = tuned_choice(matmul_tuning_key(session, shape, "packed"), variant,
                                   parse_packed, [](const PackedConfig&) { return true; });
  const PackedPlan plan =
      plan_packed_matmul(session, shape, packed_path(session, shape), choice.config);
  PanelPlan panels = panel_plan(shape, plan);
  panels.labels = choice.labels;
  return prepare_panels(session, problem, std::move(panels));
}

}  // namespace assay::opencl
