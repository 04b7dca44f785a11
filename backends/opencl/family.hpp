// The two families of kernels, and which of them a device wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "backends/opencl/session.hpp"

namespace assay::opencl {

enum class Family : std::uint8_t {
  packed,  // a work-item is a thread with vector registers: register tiles over packed panels
  tiled,   // a work-item is a lane: work-groups share tiles in local memory
};

// The variant names a family ("packed", "tiled"); without one the device decides. Nothing if there
// is no such variant.
[[nodiscard]] std::optional<Family> choose_family(const Session& session, std::string_view variant);

// Rows of the packed family's register tile for a problem with that many: one of few numbers, so
// that few programs are compiled.
[[nodiscard]] std::int64_t tile_rows(const Session& session, std::int64_t rows);

// Work-groups that keep the device busy.
[[nodiscard]] std::int64_t enough_groups(const Session& session);

// Why the device can't hold the bytes in one buffer, or run the tiled family; empty if it can.
[[nodiscard]] std::string too_large(const Session& session, std::string_view what, double bytes);
[[nodiscard]] std::string lacks_tiles(const Session& session, std::size_t local_bytes);

}  // namespace assay::opencl
