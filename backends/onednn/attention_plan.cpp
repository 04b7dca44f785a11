#include "backends/onednn/attention_plan.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "backends/host.hpp"
#include "backends/onednn/threads.hpp"

namespace assay::onednn {
namespace {

// Keys are split only where there are so many, into parts of no fewer than half of that.
constexpr std::int64_t fewest_split_keys = 512;
// Packed copies of keys and values at a time.
constexpr std::size_t most_packed_bytes = std::size_t{64} << 20;
// Units a thread should have, so that threads finish together.
constexpr std::int64_t units_per_thread = 4;

// Rows of a KV head in blocks, each of one query head where heads are large: so the rows of a block
// see nearly the same keys.
std::vector<AttentionUnit> row_blocks(const AttentionShape& shape) {
  const std::int64_t rows = shape.group() * shape.q;
  const std::int64_t part = shape.causal && shape.q >= block_rows ? shape.q : rows;
  std::vector<AttentionUnit> blocks;
  for (std::int64_t begin = 0; begin < rows; begin += part) {
    for (std::int64_t row = begin; row < begin + part; row += block_rows) {
      blocks.push_back({row, std::min(block_rows, begin + part - row), 0, shape.kv, 0});
    }
  }
  return blocks;
}

std::int64_t keys_of(const AttentionShape& shape, const AttentionUnit& unit) {
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < unit.rows; ++i) {
    most = std::max(most, shape.visible((unit.first_row + i) % shape.q));
  }
  return std::min(most, unit.end_key) - unit.first_key;
}

}  // namespace

AttentionPlan plan_attention(const AttentionShape& shape, bool may_split) {
  AttentionPlan plan;
  plan.threads = count_threads();
  const bool pairs = shape.dtype == DType::bf16 && shape.d % 2 == 0 && has_bf16_pairs();
  plan.arithmetic = pairs ? Arithmetic::bf16_pairs : Arithmetic::floats;
  plan.rows = shape.group() * shape.q;
  const std::vector<AttentionUnit> blocks = row_blocks(shape);
  const std::int64_t heads = shape.batch * shape.kv_heads;
  const auto units = static_cast<std::int64_t>(blocks.size()) * heads;

  const std::int64_t wanted = units_per_thread * plan.threads;
  std::int64_t part = shape.kv;
  if (may_split && shape.kv >= fewest_split_keys && units < wanted) {
    const std::int64_t parts = (wanted + units - 1) / units;
    part = std::max(fewest_split_keys / 2, (shape.kv + parts - 1) / parts);
    part = (part + tile_keys - 1) / tile_keys * tile_keys;
  }
  plan.splits = (shape.kv + part - 1) / part;
  for (const AttentionUnit& block : blocks) {
    for (std::int64_t split = 0; split < plan.splits; ++split) {
      AttentionUnit unit = block;
      unit.split = split;
      unit.first_key = split * part;
      unit.end_key = std::min(unit.first_key + part, shape.kv);
      plan.units.push_back(unit);
    }
  }
  std::ranges::stable_sort(plan.units, std::ranges::greater(),
                           [&](const AttentionUnit& unit) { return keys_of(shape, unit); });

  AttentionBlock head;
  head.dtype = shape.dtype;
  head.kv_dtype = shape.kv_dtype;
  head.arithmetic = plan.arithmetic;
  head.d = shape.d;
  // Worth it where more than one block reads the copies.
  plan.packs = blocks.size() > 1 && (pairs || shape.kv_dtype != DType::f32);
  const auto copies = static_cast<std::int64_t>(
      most_packed_bytes / std::max<std::size_t>(1, 2 * packed_bytes(head, shape.kv)));
  plan.heads_at_once = std::clamp<std::int64_t>(copies, 1, heads);
  return plan;
}

AttentionTensors attention_tensors(const Problem& problem, std::span<Buffer* const> buffers) {
  const auto data = [&](std::string_view tensor) {
    return host_data(*buffers[problem.index(tensor)]);
  };
  AttentionTensors tensors;
  tensors.q = data("q");
  tensors.k = data("k");
  tensors.v = data("v");
  tensors.out = data("out");
  if (problem.dtype("kv_dtype") == DType::s8) {
    tensors.k_scale = reinterpret_cast<const float*>(data("k_scale"));
    tensors.v_scale = reinterpret_cast<const float*>(data("v_scale"));
  }
  return tensors;
}

}  // namespace assay::onednn
