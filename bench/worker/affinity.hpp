// Which processors the calling thread, and threads that it starts, may use.
#pragma once

#include <sched.h>

namespace assay {

// The calling thread's processors at some moment.
class Affinity {
 public:
  Affinity() : known_(sched_getaffinity(0, sizeof set_, &set_) == 0) {}
  void apply() const {
    if (known_) sched_setaffinity(0, sizeof set_, &set_);
  }
  // How many; 0: unknown.
  [[nodiscard]] int processors() const { return known_ ? CPU_COUNT(&set_) : 0; }

 private:
  cpu_set_t set_{};
  bool known_;
};

// Gives the calling thread other processors while this lives. A library that binds its threads
// binds the one that loaded it too, and what that one starts would all share its processor.
class AffinityScope {
 public:
  explicit AffinityScope(const Affinity& wanted) { wanted.apply(); }
  AffinityScope(const AffinityScope&) = delete;
  AffinityScope& operator=(const AffinityScope&) = delete;
  ~AffinityScope() { before_.apply(); }

 private:
  Affinity before_;
};

}  // namespace assay
