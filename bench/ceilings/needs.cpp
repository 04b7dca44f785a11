#include "bench/ceilings/needs.hpp"

#include <algorithm>

#include "bench/ceilings/probes.hpp"
#include "bench/worker/memory.hpp"
#include "kernels/kernel.hpp"
#include "kernels/stream.hpp"

namespace assay {
namespace {

using Kind = NeededCeiling::Kind;

constexpr std::int64_t most_bytes = std::int64_t{1} << 30U;
// Of a case's bytes, from which on it is held against a copy too.
constexpr double writing_share = 1.0 / 16;

// Equal parts of whole blocks for every unit, near the working set.
std::int64_t rounded(std::int64_t bytes, const DeviceInfo& device) {
  constexpr std::int64_t block = 4 * stream_block;
  const std::int64_t part =
      block * std::clamp<std::int64_t>(device.compute_units, 1, most_bytes / block);
  return std::clamp(bytes / part * part, part, most_bytes / part * part);
}

bool is_cold(const Attempt& attempt) {
  return attempt.planned->c.problem.word("cache") != "hot" &&
         attempt.ring_bytes >= cold_bytes(attempt.planned->device.info.cache_bytes);
}

bool writes(const Attempt& attempt) {
  const Problem& problem = attempt.planned->c.problem;
  const Work work = kernel_of(problem).work(problem);
  return work.bytes_written > writing_share * (work.bytes_read + work.bytes_written);
}

// The same bytes, read again and again.
NeededCeiling in_cache(const Attempt& attempt) {
  return {Kind::cache, "", rounded(attempt.ring_bytes, attempt.planned->device.info)};
}

}  // namespace

std::vector<Need> needs_of(const Attempt& attempt) {
  std::vector<Need> needs;
  if (is_alu_path(attempt.path)) {
    needs.push_back({{Kind::alu, attempt.path, 0}, &PairedCeilings::alu});
  }
  if (!is_cold(attempt)) {
    needs.push_back({in_cache(attempt), &PairedCeilings::memory});
    // A small set may be bound by how long an accelerator's groups take to start: memory is a roof
    // that caches don't go below.
    if (!attempt.planned->device.info.cpu) {
      needs.push_back({{Kind::dram, "", 0}, &PairedCeilings::memory});
    }
    return needs;
  }
  needs.push_back({{Kind::dram, "", 0}, &PairedCeilings::memory});
  // A cache that nobody knows of may hold the whole ring.
  if (attempt.planned->device.info.cache_bytes == 0) {
    needs.push_back({in_cache(attempt), &PairedCeilings::memory});
  }
  if (writes(attempt)) needs.push_back({{Kind::dram_copy, "", 0}, &PairedCeilings::copy});
  return needs;
}

}  // namespace assay
