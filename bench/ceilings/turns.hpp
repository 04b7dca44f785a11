// Problems measured in turns, whatever one of them does to the process that measures.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/ceilings/meter.hpp"

namespace assay {

// How the reason of what ended a process begins.
inline constexpr std::string_view not_available = "not available: ";

// The ends of a meter's processes.
class Losses {
 public:
  // To be called where `failure` is caught: lets the meter begin anew, and says why what was measured
  // has no figure. Throws `failure` again where the meter can't, or after so many ends, or so many
  // hangs, each of which costs its time, that more of them are to be expected.
  [[nodiscard]] std::string survive(Meter& meter, const WorkerFailure& failure);

 private:
  int ends_ = 0, hangs_ = 0;
};

struct Turn {
  const Problem* problem = nullptr;
  std::string implementation;
  std::vector<double> seconds;  // a call, one a round; empty: see reason
  std::string reason;           // the device's; "wrong: …"; "not available: …"
};

// `rounds` samples of each, all of them prepared at the same time. One that ends the meter's process
// costs its own figure: the others are measured again without it.
void measure_in_turns(Meter& meter, std::span<Turn> turns, int rounds, Losses& losses);

}  // namespace assay
