#include "bench/ceilings/probes.hpp"

#include <algorithm>
#include <array>

#include "bench/clock_note.hpp"
#include "kernels/kernel.hpp"
#include "kernels/stream.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 8> paths = {"f32.fma",     "f16.fma",  "f16.dot",
                                                   "bf16.dot",    "s8.dot",   "f16.matrix",
                                                   "bf16.matrix", "s8.matrix"};

// Chains of one unit: a processor's 24 accumulators of 16 elements, and every smaller arrangement,
// divide the first; work-items by the thousand with several accumulators each the second.
constexpr std::int64_t processor_chains = 4 * 384;
constexpr std::int64_t accelerator_chains = 2048 * 12;

constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;
constexpr std::int64_t most_key = (std::int64_t{1} << 31U) - 1;
constexpr std::int64_t most_bytes = 1024 * mebibyte;
// That a call reads from a cache at least, in all its passes.
constexpr std::int64_t pass_bytes = 16 * mebibyte;
// One block of stream.
constexpr std::int64_t least_cached = 4 * stream_block;

}  // namespace

std::span<const std::string_view> alu_paths() { return paths; }

bool is_alu_path(std::string_view word) { return std::ranges::find(paths, word) != paths.end(); }

Problem alu_probe(std::string_view path, const DeviceInfo& device, bool loads) {
  const std::size_t dot = path.find('.');
  const std::int64_t each = device.cpu ? processor_chains : accelerator_chains;
  const std::int64_t units = std::clamp<std::int64_t>(device.compute_units, 1, most_key / each);
  const std::int64_t chains = units * each;
  Parameters keys = {{"dtype", std::string(path.substr(0, dot))},
                     {"path", std::string(path.substr(dot + 1))},
                     {"chains", std::to_string(chains)},
                     {"steps", device.cpu ? "32768" : "8192"}};
  if (loads) keys.emplace_back("loads", "1");
  return make_problem(*find_kernel("alu"), keys);
}

Problem with_steps(Problem alu, double part) {
  for (auto& [key, value] : alu.integers) {
    if (key != "steps") continue;
    const auto pairs = static_cast<std::int64_t>(part * static_cast<double>(value) / 2);
    value = 2 * std::clamp<std::int64_t>(pairs, 1, value / 2);
  }
  return alu;
}

std::string limit_of(const DeviceInfo& device) {
  for (const auto& [key, value] : device.notes) {
    if (key == "limited to") return value;
  }
  return {};
}

double reported_hertz(const DeviceInfo& device) {
  for (const auto& [key, value] : device.notes) {
    if (key != clock_note) continue;
    if (const double hertz = hertz_of_clock_note(value); hertz > 0) return hertz;
  }
  return 0;
}

std::string ceiling_owner(const DeviceInfo& device) {
  const std::string limit = limit_of(device);
  return limit.empty() ? device.hardware : device.hardware + " limited to " + limit;
}

Problem clock_probe() {
  return make_problem(
      *find_kernel("alu"),
      {{"dtype", "s32"}, {"path", "add"}, {"chains", "8"}, {"steps", "32768"}, {"units", "1"}});
}

std::int64_t largest_cached(const DeviceInfo& device) {
  if (device.cache_bytes == 0) return 64 * mebibyte;
  return 2 * std::min(device.cache_bytes, most_bytes / 2);
}

std::int64_t dram_bytes(const DeviceInfo& device) {
  // An accelerator reads a cache's multiple in less time than a launch may take.
  const std::int64_t least = (device.cpu ? 64 : 512) * mebibyte;
  std::int64_t bytes = std::max(least, 256 * mebibyte);
  if (device.cache_bytes > 0) {
    bytes = std::clamp(4 * std::min(device.cache_bytes, most_bytes / 4), least, most_bytes);
  }
  // Small accelerators hold less in one buffer.
  for (const std::int64_t holds : {device.max_allocation_bytes, device.memory_bytes / 8}) {
    if (holds > 0) bytes = std::min(bytes, std::max(holds / mebibyte, std::int64_t{1}) * mebibyte);
  }
  return bytes;
}

Problem dram_probe(std::string_view op, const DeviceInfo& device) {
  return make_problem(*find_kernel("stream"),
                      {{"op", std::string(op)}, {"bytes", std::to_string(dram_bytes(device))}});
}

Problem cache_probe(std::int64_t bytes, const DeviceInfo& device) {
  bytes = std::max(bytes, least_cached);
  // An accelerator reads the sixteenth of it while a call is started.
  const std::int64_t call_bytes = (device.cpu ? 1 : 16) * pass_bytes;
  const std::int64_t passes = std::max<std::int64_t>(call_bytes / bytes, 1);
  return make_problem(*find_kernel("stream"), {{"op", "read"},
                                               {"bytes", std::to_string(bytes)},
                                               {"passes", std::to_string(passes)},
                                               {"cache", "hot"}});
}

}  // namespace assay
