// What a run leaves behind. Records are the only thing that comparison, verdicts and reports read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "kernels/problem.hpp"

namespace assay {

enum class Status : std::uint8_t {
  ok,           // measured, and every check passed
  unsupported,  // the device can't: reason
  skipped,      // not tried here: reason (no such device, too little memory, budget)
  wrong,        // an answer was wrong: no numbers
  failed,       // crash, hang, lie or error of the worker: reason
};
[[nodiscard]] std::string_view name(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

// What the hardware reached beside the case, in the same processes and in turns with it: the highest
// over the devices of that hardware that took part.
struct PairedCeiling {
  std::string name;    // "f32.fma"; "dram" or "cache", read; "dram, copy"
  std::string device;  // whose figure it is
  // FLOP/s or bytes/s, at even distances of time where the sampling was long; never empty.
  std::vector<double> rates;
  std::int64_t bytes = 0;  // working set, for memory
  // Others had the processors during half of the samples or more: no case is wrong for being faster.
  bool disturbed = false;
};
struct PairedCeilings {
  std::optional<PairedCeiling> alu;  // of the instruction path that the implementation takes
  // dram for cold caches, else at the case's working set (of accelerators the higher of the two).
  std::optional<PairedCeiling> memory;
  // Of cold cases that write: memory may deliver more to a copy than to reading. No efficiency is
  // taken from it, but no case counts as above its ceiling that is below this one.
  std::optional<PairedCeiling> copy;
  std::string missing;  // why one of them isn't there that should be
};

// What the hardware took while it did nothing but this case: the whole package or board, idle power
// included.
struct Energy {
  double joules = 0;  // per call
  double watts = 0;
  std::string source;   // whose counter: "powercap", "nvml", "hwmon"
  std::string missing;  // why there is none
  [[nodiscard]] bool known() const { return missing.empty() && joules > 0; }
};

// One case in one worker process.
struct Launch {
  std::int64_t index = 0;
  std::uint64_t seed = 0;
  std::vector<double> samples_ns;  // per call, each over calls_per_sample calls: clock `steady`
  std::int64_t calls_per_sample = 0;
  std::optional<double> device_ns;     // per call, by the device's own clock, median over samples
  std::optional<double> host_call_ns;  // submit to finished of a single call, median
  double cpu_ns = 0;                   // CPU time of the worker per call
  double compile_ms = 0;
  double pack_ms = 0;
  double first_call_ms = 0;
  std::int64_t ring = 1;  // sets of tensors that the calls went through
  std::string checked;    // "full", "sampled(4096)+freivalds", "sampled(4096)+bounds"
  double error = 0;       // worst deviation as a fraction of what is allowed
  double max_abs_error = 0;
  PairedCeilings ceilings = {};
  std::optional<Energy> energy = {};  // where it was asked for
};

// One case over all its launches.
struct Record {
  std::string name;  // case name
  Problem problem;
  std::string backend;  // "onednn"
  std::string device;   // "onednn:0": a selector, valid for that run only
  std::string device_name;
  std::string vendor;
  std::string hardware;  // DeviceInfo::hardware
  std::string variant;
  std::string implementation;
  Status status = Status::skipped;
  std::string reason;               // one line; empty where status is ok
  std::string detail;               // a compiler's log, the end of a crashed worker's output
  std::vector<std::string> labels;  // "noisy", "fallback", "untuned", …; sorted
  Work work;
  std::vector<Launch> launches;  // those that were measured
  std::string repro;             // the command that runs this case again

  [[nodiscard]] bool has_numbers() const { return status == Status::ok && !launches.empty(); }
};

}  // namespace assay
