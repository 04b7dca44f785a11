#include "backends/opencl/matmul_rows.hpp"

#include <algorithm>

namespace assay::opencl {
namespace {

constexpr std::int64_t chunk_bytes = 16384;  // several work-groups share a processor's local memory
constexpr std::int64_t most_local = 32768;   // every device of OpenCL's full profile has so much
constexpr std::int64_t most_larger = 20480;
constexpr int most_steps = 1024;  // multiply-adds of the unrolled loop

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

std::int64_t unit_bytes(const RowsConfig& c) {
  // Four quads or more have a gap behind them.
  return std::int64_t{4} * c.rows * (c.dot ? 4 : c.unit + (c.unit >= 16 ? 4 : 0));
}

// The units that all items together have on their way.
std::int64_t round_of(const RowsConfig& c) { return std::int64_t{c.slices} * c.depth; }

// Columns of a panel below which reading activations would cost too much beside reading weights.
int least_width(const RowsConfig& c) {
  const int each = c.unit >= 32 ? 8 : 4;
  return std::clamp(each * c.rows, c.unit >= 32 ? 16 : 8, 32 * c.columns);
}

}  // namespace

std::int64_t RowsConfig::local_bytes() const {
  // Activations, or the sums of the slices that meet.
  const std::int64_t meeting = std::min(rows * columns, 8) * std::int64_t{4} * items();
  return std::max(chunk * unit_bytes(*this), meeting);
}

RowsConfig choose_rows(const Session& session, const MatmulShape& s, int unit, bool dot) {
  const std::int64_t processors = std::max<std::int64_t>(session.info.compute_units, 1);
  RowsConfig c;
  c.unit = unit;
  c.dot = dot;
  while (c.rows < s.m) c.rows *= 2;
  // Two columns share what is read of the activations.
  c.columns = c.rows >= 4 ? 2 : 1;
  const int steps = c.columns * c.rows * (dot ? unit / 4 : unit);
  c.depth = std::clamp(most_steps / steps, 1, c.rows >= 4 ? 2 : 4);
  const auto groups = [&] { return ceil_div(s.n, c.width()) * s.batch; };
  while (c.width() > least_width(c) && groups() < 3 * processors) c.lanes /= 2;
  c.slices = 256 / c.lanes;
  // Larger groups where there are few, and where items need so many registers that compilers had
  // better be told to save them.
  RowsConfig larger = c;
  larger.slices *= 2;
  const bool worth = c.rows > 8 || groups() < 2 * processors;
  const bool enough = ceil_div(s.k, unit) >= 2 * round_of(larger);
  if (worth && enough && session.limits.work_group >= 512 &&
      round_of(larger) * unit_bytes(larger) <= most_larger) {
    c = larger;
  }
  const std::int64_t round_bytes = round_of(c) * unit_bytes(c);
  const std::int64_t rounds = ceil_div(ceil_div(std::max<std::int64_t>(s.k, 1), unit), round_of(c));
  c.chunk = round_of(c) * std::min(std::max<std::int64_t>(chunk_bytes / round_bytes, 1), rounds);
  return c;
}

bool fits_rows(const Session& session, const RowsConfig& c) {
  return session.limits.work_group >= static_cast<std::size_t>(c.items()) &&
         c.local_bytes() <= most_local &&
         session.limits.local_memory >= static_cast<std::size_t>(c.local_bytes());
}

}  // namespace assay::opencl
