// Do two logical processors share one core's arithmetic units? Found out from how much faster two
// threads are than one, sample by sample, so that a change meanwhile is seen too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay {

struct Siblings {
  enum class State : std::uint8_t {
    shared,    // two threads of one core: about 1 x
    separate,  // two cores: about 2 x
    unclear,   // in between: others were at work, or most samples contradict each other
  };
  State state = State::unclear;  // at most samples
  double scaling = 0;            // median of the speed-ups
  double share = 0;              // of the samples that are in that state
  // Lower bound of the chance, in stationary conditions, that the next sample is in that state:
  // Clopper-Pearson, one-sided 95 %.
  double sure = 0;
  std::int64_t samples = 0;
  // Where the state changed and stayed changed: numbers of the first samples afterwards.
  std::vector<std::int64_t> changes;
};

// `speed_ups`: throughput of two threads over that of one, taken in turns, in order of time. Below
// 1.3 is shared, above 1.6 separate: simultaneous multithreading gains little on chains that fill
// the units, and what others take on this machine lowers two cores' speed-up.
[[nodiscard]] Siblings find_siblings(std::span<const double> speed_ups);

// "2 logical processors deliver the arithmetic of 1.02 cores: two threads of one core (sure: 97 %)."
[[nodiscard]] std::string siblings_text(const Siblings& siblings, const std::string& which);

}  // namespace assay
