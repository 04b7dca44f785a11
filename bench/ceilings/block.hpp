// Ceilings beside one block of cases: sampled in turns with them, in the same worker processes.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/launch.hpp"

namespace assay {

class CeilingBlock {
 public:
  // Finds out which ceilings the attempts, all prepared, are to be held against, and prepares them
  // in every worker of the same hardware. None where `attempts` is empty.
  CeilingBlock(WorkerPool& pool, std::vector<Attempt*> attempts);

  // One sample of each, until 0.3 s of them are taken.
  void sample();
  // Gives every attempt the highest figure of its hardware.
  void finish();

 private:
  void guarded(Attempt& attempt, const std::function<void(PairedProbes&)>& action);

  WorkerPool& pool_;
  std::vector<Attempt*> attempts_;
  std::map<std::string, std::set<NeededCeiling>> needed_;  // by hardware
  int rounds_left_ = 0;
};

}  // namespace assay
