// What a device's hardware can do, measured: per instruction path and per level of memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/ceilings/meter.hpp"
#include "bench/ceilings/published.hpp"
#include "bench/inventory.hpp"

namespace assay {

struct Ceiling {
  enum class Kind : std::uint8_t {
    alu,    // rate in FLOP/s (int8: operations)
    dram,   // bytes/s from memory, cold
    cache,  // bytes/s read from a working set that stays in caches
    clock,  // Hz
  };
  Kind kind = Kind::alu;
  std::string name;        // "f32.fma", "f32.fma + loads", "f32.fma, 1 thread", "read", "copy"
  std::int64_t bytes = 0;  // working set, for memory
  std::string implementation;
  std::vector<double> rates;  // of each sample; empty: see reason
  std::string reason;
  // The highest of the samples' rates: on a shared machine slower ones are others' doing.
  [[nodiscard]] std::optional<double> rate() const;
  [[nodiscard]] std::optional<double> median_rate() const;
};

struct DeviceCeilings {
  std::string device;  // "onednn:0"
  std::string device_name;
  std::string hardware;
  bool cpu = false;
  std::int64_t units = 0;    // as reported
  double reported_hz = 0;    // the most that the driver says; 0 where it doesn't
  std::int64_t threads = 0;  // that share the work here, where the device says so; 0: unknown
  PublishedCore core;        // of a processor, where its maker's figures are known
  // Instruction set, see limit_of(), or threads; empty: all that the processor has.
  std::string limited_to;
  std::string date;
  std::vector<Ceiling> ceilings;

  [[nodiscard]] const Ceiling* find(Ceiling::Kind kind, const std::string& name) const;
};

// What a device's ceilings may take, in seconds.
inline constexpr double ceilings_limit_s = 20;

// Samples of the probes that belong together are taken in turns. `progress` is told what comes next.
// On a device for which there isn't the time, they get fewer samples, or a reason instead of rates
// ("left out: …").
// A probe that ends the meter's process has a reason instead of rates ("not available: signal 11 …").
// `result` is filled as they are done: what an exception ends is kept that far.
void measure_ceilings(Meter& meter, const KnownDevice& device,
                      const std::function<void(const std::string&)>& progress,
                      DeviceCeilings& result);

// Of all devices of one piece of hardware: for each name the highest.
[[nodiscard]] std::vector<DeviceCeilings> by_hardware(const std::vector<DeviceCeilings>& devices);

// Lines in plain words that hold the figures against threads (units where these aren't known) x lanes
// x 2 x clock, and say where they disagree. Lanes are those that the core's maker publishes, which the
// chain of one thread is held against; where these aren't known, the whole number of pipes that it
// shows. Also told: a chain that is bound by latency, and a larger working set that is read faster than
// a smaller one. The clock may be that of another of `all`: the same chip has one.
[[nodiscard]] std::vector<std::string> plausibility(const DeviceCeilings& device,
                                                    std::span<const DeviceCeilings> all);

}  // namespace assay
