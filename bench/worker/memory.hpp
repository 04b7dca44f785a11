// How much memory a prepared case will take, found out before anything is allocated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "backends/backend.hpp"
#include "kernels/problem.hpp"

namespace assay {

// What can be allocated on the host without swapping: MemAvailable of /proc/meminfo, or what the control
// groups of this process leave where that is less, files that the system can drop not counted. At least
// 1, 0 if unknown. `root` holds proc and sys.
[[nodiscard]] std::int64_t available_host_memory(const std::filesystem::path& root = "/");

// Bytes that a cold ring's calls must touch in one round: max(3 x last-level cache, 256 MiB).
[[nodiscard]] std::int64_t cold_bytes(std::int64_t cache_bytes);

// Sets of tensors in a ring, if one call touches `touched` bytes: 1 for cache:hot; for cache:cold
// as many as cold_bytes needs, at most most_sets.
inline constexpr std::int64_t most_sets = 4096;
[[nodiscard]] std::int64_t ring_size(const Problem& problem, std::int64_t touched,
                                     std::int64_t cache_bytes);

// Why a ring of that many sets doesn't fit, with the sizes; empty if it does. A set takes the
// problem's tensors and a packed copy of its weights; the host keeps one more set, two outputs and what
// they are checked against.
[[nodiscard]] std::string memory_shortage(const Problem& problem, std::int64_t ring,
                                          const DeviceInfo& device, std::int64_t host_available);

// From now on this process keeps what it frees, up to an eighth of the memory that there is now: the
// next case's ring comes from pages that are there already. Faulting in new ones, a GiB for every
// case, takes longer than measuring it on virtual machines.
void keep_freed_memory();

// "1.5 GiB", "34 MiB", "512 KiB", "7 bytes".
[[nodiscard]] std::string size_text(double bytes);

}  // namespace assay
