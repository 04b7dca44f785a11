#include "backends/opencl/matmul_plan.hpp"

#include <algorithm>

#include "backends/opencl/family.hpp"
#include "backends/opencl/probe.hpp"

namespace assay::opencl {
namespace {

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

constexpr int most_kb = 1024;  // where weights are converted before their use, or k is split
// Activations that the second-level cache keeps while weights pass.
constexpr std::int64_t few_rows_floats = 32768;
constexpr int exact_kb = 256;  // sums of u8 x s8 products stay below 2^24: exact in float

// All of k where possible, so that a work-group reads its weights in one run: what fetches ahead starts
// anew wherever memory isn't read on in order.
int few_rows_kb(std::int64_t k, int rows) {
  const std::int64_t steps = ceil_div(std::max<std::int64_t>(k, 1), 64) * 64;
  return static_cast<int>(std::min(steps, few_rows_floats / rows / 64 * 64));
}

// Rows of the tile for a problem with few of them; `most` otherwise.
int few_rows(std::int64_t m, int most) {
  for (const int rows : {1, 2, 4}) {
    if (m <= rows) return rows;
  }
  return most;
}

PackedConfig default_config(const Session& session) {
  PackedConfig config;
  // Two vectors of accumulators a row, two of the other operand and a broadcast fill the registers:
  // 32 of 16 floats, 16 of 8 or 4.
  if (session.limits.vector_width != 16) config.mr = 4;
  return config;
}

// Blocks of nearly equal size rather than full ones and a rest.
std::int64_t balanced(std::int64_t size, std::int64_t most, std::int64_t multiple,
                      std::int64_t least_blocks) {
  const std::int64_t units = ceil_div(size, multiple);
  const std::int64_t blocks =
      std::min(units, std::max(ceil_div(size, most), std::max<std::int64_t>(least_blocks, 1)));
  return ceil_div(units, blocks) * multiple;
}

void cut(const Session& session, const MatmulShape& s, PackedPlan& plan) {
  const PackedConfig& c = plan.config;
  const std::int64_t width = c.nv * plan.vector;
  plan.layout.panel_width = width;
  plan.layout.panels = ceil_div(s.n, width);
  plan.row_block = balanced(s.m, c.mb, c.mr, 1);
  plan.row_blocks = ceil_div(s.m, plan.row_block);
  const std::int64_t rows = plan.row_blocks * s.batch;
  plan.column_block = balanced(s.n, c.nb, width, ceil_div(2 * enough_groups(session), rows));
  plan.column_blocks = ceil_div(s.n, plan.column_block);
  const std::int64_t units = std::max<std::int64_t>(session.info.compute_units, 1);
  const std::int64_t groups = rows * plan.column_blocks;
  const Splits splits =
      split_k(s.k, groups, groups < units ? 2 * units : 0, std::min(c.kb, most_kb));
  plan.splits = splits.count;
  plan.k_part = splits.k_part;
}

}  // namespace

PackedPlan plan_packed_matmul(const Session& session, const MatmulShape& s,
                              const InstructionPath* path,
                              const std::optional<PackedConfig>& config) {
  PackedPlan plan;
  plan.vector = session.limits.vector_width;
  plan.config = config.value_or(default_config(session));
  PackedConfig& c = plan.config;
  const bool integer = !is_float(s.dtype);
  const bool grouped = s.group != 0;
  plan.layout.nibbles = grouped && bits(s.weights) == 4 && s.group % 8 == 0;
  plan.path = path;
  const int tile = c.mr;
  c.mr = few_rows(s.m, tile);
  plan.direct = grouped && c.mr < tile && s.m <= 4;
  // Bytes are converted to float on the way to few rows, and so is what a zero point of a byte may leave
  // of 4 bits: more than bf16 can hold.
  if (plan.direct && (!plan.layout.nibbles || s.zero_points == DType::u8)) plan.path = nullptr;
  if (s.m <= tile) {
    c.mb = c.mr;
    c.kb = grouped && !plan.direct ? most_kb : few_rows_kb(s.k, c.mr);
  }
  if (integer && plan.path == nullptr) c.kb = exact_kb;
  const int unit = plan.path == nullptr ? 1 : plan.path->k_unit;
  plan.layout.unit = grouped ? 1 : unit;
  plan.layout.column_sums =
      plan.path != nullptr && plan.path->dtype == DType::u8 && s.dtype == DType::s8;
  const bool as_stored = s.weights == DType::f32 || unit > 1 || s.m <= c.mr;
  plan.unpack = !plan.direct && (grouped || !as_stored);
  cut(session, s, plan);
  return plan;
}

const InstructionPath* packed_path(const Session& session, const MatmulShape& s) {
  if (session.limits.vector_width != 16) return nullptr;
  constexpr int lanes = 16;
  constexpr auto tile = InstructionPath::Kind::tile;
  if (s.dtype == DType::bf16) return session.probes->best(session, tile, DType::bf16, lanes);
  if (!is_float(s.dtype)) return session.probes->best(session, tile, DType::u8, lanes);
  return nullptr;
}

}  // namespace assay::opencl
