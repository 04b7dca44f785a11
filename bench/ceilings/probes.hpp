// The problems that find a device's ceilings: cases of alu and stream, shaped for it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "backends/backend.hpp"
#include "kernels/problem.hpp"

namespace assay {

// "f32.fma", "bf16.dot", …: the instruction paths that kernel alu knows, but for s32.add.
[[nodiscard]] std::span<const std::string_view> alu_paths();
// Whether a backend's word (Prepared::path) is one of these: plugins may say anything.
[[nodiscard]] bool is_alu_path(std::string_view word);

// `path` is one of alu_paths(). The chains that fill the device: enough of them for every unit, long
// enough that starting a call doesn't show.
[[nodiscard]] Problem alu_probe(std::string_view path, const DeviceInfo& device, bool loads);
// The same with that part of its steps.
[[nodiscard]] Problem with_steps(Problem alu, double part);

// The instruction set that a device's library is limited to by its user, as the device notes it; else
// empty.
[[nodiscard]] std::string limit_of(const DeviceInfo& device);
// The highest clock, as the driver notes it; 0 where it doesn't.
[[nodiscard]] double reported_hertz(const DeviceInfo& device);
// Which devices share their ceilings: those of one piece of hardware, but for limited ones, as the
// others aren't.
[[nodiscard]] std::string ceiling_owner(const DeviceInfo& device);

// One chain of additions on one thread: its rate is the clock's.
[[nodiscard]] Problem clock_probe();

// Where a sweep over the caches ends: twice the last-level cache, at most 1 GiB.
[[nodiscard]] std::int64_t largest_cached(const DeviceInfo& device);
// Arrays of at least four times the last-level cache, together, at most 1 GiB; 256 MiB where that is
// unknown.
[[nodiscard]] std::int64_t dram_bytes(const DeviceInfo& device);
// read, copy, triad, triad_nt from memory.
[[nodiscard]] Problem dram_probe(std::string_view op, const DeviceInfo& device);
// Read from caches that hold `bytes` (at least a block of stream): passes enough that starting a call
// doesn't show.
[[nodiscard]] Problem cache_probe(std::int64_t bytes, const DeviceInfo& device);

}  // namespace assay
