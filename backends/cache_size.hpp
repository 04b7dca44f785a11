// How large the processors' last-level cache is, for arrays that must not fit into it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace assay {

// Bytes of the last level, all its parts that this machine's processors use together; 0: unknown.
// From the kernel's topology below `root` (".../devices/system/cpu"). Where that says nothing, as in
// many virtual machines, from the processor, whose only figure then is that of the whole package: of
// it no more counts than `processors` can reach.
[[nodiscard]] std::int64_t last_level_cache(
    const std::filesystem::path& root = "/sys/devices/system/cpu");

// What of a package's cache `processors` logical processors reach at most, if each might sit on a
// part of its own (32 MiB), and the parts may be of the largest kind (96 MiB).
[[nodiscard]] std::int64_t reachable_cache(std::int64_t package_bytes, int processors);

}  // namespace assay
