// When ceilings are sampled beside cases whose sampling may end early or late, and what their samples
// then stand for.
#pragma once

#include <span>
#include <vector>

namespace assay {

// `rounds` rounds: one at the beginning, one at the end, the others with gaps that grow in proportion
// to what lies behind, so that they cover the sampling whether it ends after `shortest_s` or after
// `longest_s` seconds. At least two rounds.
class RoundSchedule {
 public:
  RoundSchedule() = default;  // no round is ever due
  RoundSchedule(int rounds, double shortest_s, double longest_s);

  // Whether a round is due after so many seconds of sampling; if so, it counts as taken. The one at
  // the end is the caller's.
  [[nodiscard]] bool due(double elapsed_s);

 private:
  int left_ = 0;  // without the one at the end
  double next_s_ = 0;
  double first_gap_s_ = 0;
  double growth_ = 1;
};

// As many values at even distances of time, each the nearest one that was taken: so that a state of
// the machine counts by how long it lasted, not by how often it was looked at. The highest is always
// among them: what was reached once can be reached. `times` rises, one a value; anything else returns
// the values as they are.
[[nodiscard]] std::vector<double> evenly_in_time(std::span<const double> times,
                                                 std::span<const double> values);

}  // namespace assay
