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
    unclear,   // in between, below one processor's, or fewer than two thirds of the samples agree
  };
  // Of the samples since the last change; without one, of all.
  State state = State::unclear;
  double scaling = 0;       // median of these speed-ups
  double share = 0;         // of these samples that are in that state
  std::int64_t judged = 0;  // how many these are; 0: too few samples for any statement
  // Lower bound of the share of further samples that would be in that state, if conditions stay as
  // they were meanwhile: Clopper-Pearson, one-sided 95 %, of as many samples as tell something new.
  double sure = 0;
  std::int64_t samples = 0;
  // Neighbouring samples resemble each other: n (1 - r) / (1 + r) of them are independent, r being
  // the correlation between one sample's agreement with the state and the next one's (Priestley,
  // Spectral Analysis and Time Series, 1981, 5.3).
  double independent = 0;
  // Where the state changed and stayed changed: numbers of the first samples afterwards; and the
  // states before, between and behind these changes (none without a change).
  std::vector<std::int64_t> changes;
  std::vector<State> phases;
};

// `speed_ups`: throughput of two threads over that of one, taken in turns, in order of time. From 0.9
// to 1.2 is shared, above 1.6 separate: simultaneous multithreading gains little on chains that fill
// the units, and what others take on this machine lowers two cores' speed-up. Two threads that do less
// than one were stopped, by a quota or by others.
[[nodiscard]] Siblings find_siblings(std::span<const double> speed_ups);

// "… deliver the arithmetic of 1.02 of one: two threads of one core (98 % of 42 samples; …)", `which`
// being the processors; with the states before where it changed.
[[nodiscard]] std::string siblings_text(const Siblings& siblings, const std::string& which);

}  // namespace assay
