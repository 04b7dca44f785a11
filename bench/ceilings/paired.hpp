// The ceilings that one worker measures beside its cases, kept prepared from block to block.
#pragma once

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
  std::string name;        // "f32.fma", "dram", "cache"
  std::int64_t bytes = 0;  // working set, for memory
  [[nodiscard]] bool operator<(const NeededCeiling& other) const {
    return name != other.name ? name < other.name : bytes < other.bytes;
  }
};

class PairedProbes {
 public:
  PairedProbes(WorkerClient& worker, const KnownDevice& device, std::uint64_t seed);

  // Prepares what isn't yet. What the device can't, or got wrong, is left out from then on.
  void want(const std::set<NeededCeiling>& needed);
  [[nodiscard]] std::size_t size() const { return wanted_.size(); }
  // One sample of each.
  void sample();
  // Checks the answers of all that was sampled since want(): FLOP/s or bytes/s, without what is
  // wrong. Working sets of caches are freed.
  [[nodiscard]] std::map<NeededCeiling, std::vector<double>> finish();

 private:
  struct Probe {
    std::optional<std::size_t> index;  // nothing: can't
    double amount = 0;                 // FLOP or bytes of a call
  };
  [[nodiscard]] Probe prepare(const NeededCeiling& needed);

  KnownDevice device_;
  WorkerMeter meter_;
  std::map<NeededCeiling, Probe> probes_;
  std::map<NeededCeiling, std::vector<double>> wanted_;
};

}  // namespace assay
