// The ceilings that one worker measures beside its cases, kept prepared from block to block.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/ceilings/meter.hpp"
#include "bench/inventory.hpp"

namespace assay {

// One figure that a block of cases is held against.
struct NeededCeiling {
  enum class Kind : std::uint8_t {
    alu,        // FLOP/s of an instruction path
    dram,       // bytes/s read from memory
    dram_copy,  // bytes/s read and written, past the caches where the device can
    cache,      // bytes/s read again and again from a working set
  };
  Kind kind = Kind::alu;
  std::string path;        // alu: one of alu_paths()
  std::int64_t bytes = 0;  // cache: the working set
  // As records call it: "f32.fma", "dram", "dram, copy", "cache".
  [[nodiscard]] std::string name() const;
  [[nodiscard]] auto operator<=>(const NeededCeiling&) const = default;
};

class PairedProbes {
 public:
  PairedProbes(WorkerClient& worker, const KnownDevice& device, std::uint64_t seed);

  // Prepares what isn't yet. What the device can't, or got wrong, is left out from then on, and
  // returned; what it can but takes too long isn't.
  [[nodiscard]] std::set<NeededCeiling> want(const std::set<NeededCeiling>& needed);
  // Of those that were prepared: what a sample of each will take, in seconds.
  [[nodiscard]] std::map<NeededCeiling, double> costs() const;
  // FLOP/s or bytes/s of single calls when it was prepared: enough to choose between backends.
  [[nodiscard]] double rough_rate(const NeededCeiling& needed);
  // Isn't sampled until it is wanted again, or never: `for_good`. missing() tells the reason.
  void leave_out(const NeededCeiling& needed, const std::string& reason, bool for_good);
  // One sample of each, each after a few calls that aren't counted: since the last one the cases had
  // the caches and the clock.
  void sample();
  struct Sampled {
    std::vector<double> rates;      // FLOP/s or bytes/s, one a sample
    std::vector<double> disturbed;  // of each, 1 while others had processors that it needed, else 0
  };
  // Checks the answers of all that was sampled since want(), and returns what is right. Working sets of
  // caches are freed.
  [[nodiscard]] std::map<NeededCeiling, Sampled> finish();
  // The device has no kernel for it.
  [[nodiscard]] bool unsupported(const NeededCeiling& needed) const;
  // Why there is no such figure; empty if there is one, or if it was never wanted.
  [[nodiscard]] std::string missing(const NeededCeiling& needed) const;

 private:
  struct Probe {
    std::optional<std::size_t> index;  // nothing: can't
    double amount = 0;                 // FLOP or bytes of a call
    std::string reason;                // why there is none
    bool unsupported = false, too_long = false;
  };
  [[nodiscard]] Probe prepare(const NeededCeiling& needed);

  KnownDevice device_;
  WorkerMeter meter_;
  std::map<NeededCeiling, Probe> probes_;
  std::map<NeededCeiling, Sampled> wanted_;
  std::map<NeededCeiling, std::string> left_out_;  // of those wanted last, with reasons
};

}  // namespace assay
