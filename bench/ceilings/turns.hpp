// Problems measured in turns, whatever one of them does to the process that measures.
#pragma once

#include <limits>
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

// How the reason of what there was no time for begins.
inline constexpr std::string_view left_out = "left out: ";

// A moment of Meter::now_s() to be ready at, and what the last problem of each kernel took.
class TimeLimit {
 public:
  TimeLimit() = default;  // none
  explicit TimeLimit(double until_s) : until_s_(until_s) {}

  void set(double until_s) { until_s_ = until_s; }
  [[nodiscard]] double left_s(const Meter& meter) const { return until_s_ - meter.now_s(); }
  struct Cost {
    double prepare_s = 0;
    double later_s = 0;  // a sample, and the check behind the last one
  };
  // As the last problem of that kernel, more where this one has more bytes.
  [[nodiscard]] Cost expected(const Problem& problem) const;
  void took(const Problem& problem, const Cost& cost);

 private:
  struct Last {
    std::string kernel;
    double bytes = 0;
    Cost cost;
  };
  double until_s_ = std::numeric_limits<double>::infinity();
  std::vector<Last> last_;  // one a kernel
};

struct Turn {
  const Problem* problem = nullptr;
  std::string implementation;
  std::vector<double> seconds;  // a call, one a round; empty: see reason
  std::string reason;           // the device's; "wrong: …"; "not available: …"; "left out: …"
};

// `rounds` samples of each, all of them prepared at the same time. One that ends the meter's process
// costs its own figure: the others are measured again without it. Where the limit is near there are
// fewer rounds, but one at least of each problem that is prepared, and fewer problems: the last ones are
// left out. What a hang costs comes on top.
void measure_in_turns(Meter& meter, std::span<Turn> turns, int rounds, Losses& losses,
                      TimeLimit& limit);

}  // namespace assay
