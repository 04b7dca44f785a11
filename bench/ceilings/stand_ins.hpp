// Other devices of the same hardware, to measure ceilings that a block's own backends can't.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/ceilings/paired.hpp"
#include "bench/inventory.hpp"
#include "bench/launch.hpp"

namespace assay {

class StandIns {
 public:
  // The devices of `here`, and where none of them will do, those of the default backends that `here`
  // says nothing of: each of these is asked once. `interrupted` outlives it.
  StandIns(const Inventory& here, const WorkerSettings& settings,
           const std::atomic<bool>& interrupted);

  // A device, and what of the needed ceilings it isn't known to lack.
  struct Candidate {
    const PlannedCase* device;  // its case has no problem; lives as long as this does
    std::set<NeededCeiling> may;
  };
  // The next one of that ceiling_owner() that isn't among `tried`. Throws Interrupted.
  [[nodiscard]] std::optional<Candidate> find(const std::string& owner,
                                              const std::set<NeededCeiling>& needed,
                                              const std::set<std::string>& tried);
  // What it measures with in this launch, in a process of its own; null once it was lost, and where
  // trying its instructions hung. Throws what WorkerPool::get() throws.
  [[nodiscard]] PairedProbes* probes(const PlannedCase& device, std::uint64_t seed);
  // It has no kernels for these: it isn't asked for them again.
  void exclude(const PlannedCase& device, const std::set<NeededCeiling>& lacks);
  // It lost its process, and isn't asked for anything again: until quit(), or at all.
  void lose(const PlannedCase& device, bool for_good);
  // Ends its processes, and so frees what they hold: behind each launch, and before what failed is tried
  // again.
  void quit();

 private:
  void add(const std::vector<KnownDevice>& devices);
  // False where no backend is left.
  bool ask_next_backend();

  WorkerSettings settings_;
  const std::atomic<bool>& interrupted_;
  std::list<PlannedCase> devices_;
  std::vector<std::string> unasked_;                         // backends
  std::map<std::string, std::set<NeededCeiling>> excluded_;  // by device
  std::set<std::string> lost_;
  std::optional<WorkerPool> pool_;  // of this launch
};

}  // namespace assay
