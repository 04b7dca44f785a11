// Choosing the fastest of a device's configurations for classes of problems.
//
// Of each problem a curated list is tried first. Each candidate is checked before it is timed, in a
// worker process; one that is wrong, crashes or hangs is out, and one that is clearly slower than the best
// so far gets no second sample. The fastest few stay prepared and are measured again in turns, with the
// default among them, so that a lucky moment doesn't decide. What wins there must not lose against the
// default on a larger problem of the class, where there is one: blocks that suit caches don't always
// suit memory. Problems come one after the other, the most
// important first, so that little time suffices for some of them rather than for none. Time that is
// left goes to the neighbours of what was found best.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backends/tuning.hpp"
#include "bench/inventory.hpp"

namespace assay {

struct Tuned {
  TuningEntry entry;      // without a variant where nothing was decided: `reason` says why
  double default_ns = 0;  // of a call with what the device chooses without tuning
  int tried = 0;          // candidates that were timed
  int failed = 0;         // that were wrong or broke
  bool choice = true;     // false: the device has nothing to choose for the problem
  std::string reason;     // "3 of 10 tried in the time: not kept"
};

// What stands for a class of problems.
struct TuningProblem {
  Problem search;                // that candidates are timed on
  std::optional<Problem> proof;  // on which what wins must not lose
};

struct TuneListener {
  // What is being tried.
  std::function<void(const Problem& problem, const std::string& what)> trying;
  // A problem was decided, or decided anew.
  std::function<void(const Tuned& tuned)> decided;
};

// What was found of each problem. `budget_s` bounds the time, but for what was begun: what is decided
// has seen the whole curated list.
[[nodiscard]] std::vector<Tuned> tune(const KnownDevice& device,
                                      const std::vector<TuningProblem>& problems, double budget_s,
                                      const WorkerSettings& settings, const TuneListener& listener);

// Of all classes, of a size that suits the device, the most important first.
[[nodiscard]] std::vector<TuningProblem> tuning_problems(const DeviceInfo& device);

}  // namespace assay
