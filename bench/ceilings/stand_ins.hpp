// Devices that measure the ceilings of hardware whose own backends of a block can't: a library's, say.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bench/ceilings/paired.hpp"
#include "bench/plan.hpp"

namespace assay {

class StandIns {
 public:
  // Those of `cases` first; where none of them will do, those that the default backends show, each of
  // which is asked once. `settings` and `interrupted` outlive it.
  StandIns(std::span<const PlannedCase> cases, const WorkerSettings& settings,
           const std::atomic<bool>& interrupted);

  // A device of that ceiling_owner() that isn't among `tried` and may measure one of `needed`, without
  // a problem; null where there is none. It lives as long as this does. Throws Interrupted.
  [[nodiscard]] const PlannedCase* find(const std::string& owner,
                                        const std::set<NeededCeiling>& needed,
                                        const std::set<std::string>& tried);
  // What that device was found unable to measure: it isn't asked for it again.
  void exclude(const std::string& device, const std::set<NeededCeiling>& needed);

 private:
  void add(const KnownDevice& device);
  // False where no backend is left.
  bool ask_next_backend();

  const WorkerSettings& settings_;
  const std::atomic<bool>& interrupted_;
  std::list<PlannedCase> devices_;
  std::vector<std::string> unasked_;                         // backends
  std::map<std::string, std::set<NeededCeiling>> excluded_;  // by device
};

}  // namespace assay
