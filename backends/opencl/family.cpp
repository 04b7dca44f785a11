#include "backends/opencl/family.hpp"

#include <algorithm>
#include <cmath>

namespace assay::opencl {

std::optional<Family> choose_family(const Session& session, std::string_view variant) {
  if (variant == "packed" || variant.starts_with("packed-")) return Family::packed;
  if (variant == "tiled" || variant.starts_with("tiled-")) return Family::tiled;
  if (!variant.empty()) return std::nullopt;
  return session.info.cpu && !session.info.software ? Family::packed : Family::tiled;
}

std::int64_t tile_rows(const Session& session, std::int64_t rows) {
  // Two vectors of accumulators a row, two of the other operand and a broadcast fill the registers:
  // 32 of 16 floats, 16 of 8 or 4.
  const std::int64_t most = session.limits.vector_width == 16 ? 8 : 6;
  for (const std::int64_t few : {1, 2, 4}) {
    if (rows <= few) return few;
  }
  return most;
}

std::int64_t enough_groups(const Session& session) {
  return 4 * std::max<std::int64_t>(session.info.compute_units, 1);
}

std::string too_large(const Session& session, std::string_view what, double bytes) {
  const auto limit = static_cast<double>(session.info.max_allocation_bytes);
  if (limit <= 0 || bytes <= limit) return {};
  return std::string(what) + " needs " + std::to_string(std::llround(bytes)) +
         " bytes; the device allocates at most " +
         std::to_string(session.info.max_allocation_bytes) + " at once";
}

std::string lacks_tiles(const Session& session, std::size_t local_bytes) {
  constexpr std::size_t items = 256;
  if (session.limits.work_group < items) {
    return "the device has work-groups of " + std::to_string(session.limits.work_group) +
           "; the kernel needs " + std::to_string(items);
  }
  if (session.limits.local_memory < local_bytes) {
    return "the device has " + std::to_string(session.limits.local_memory) +
           " bytes of local memory; the kernel needs " + std::to_string(local_bytes);
  }
  return {};
}

}  // namespace assay::opencl
