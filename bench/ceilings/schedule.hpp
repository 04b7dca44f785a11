// When ceilings are sampled beside cases whose sampling may end early or late, and what their samples
// then stand for.
#pragma once

#include <cstddef>
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

// Of all samples of ceilings beside one block of cases.
inline constexpr double ceiling_samples_s = 0.3;

// Which of the samples with these costs in seconds one round may take: the cheapest ones, as many as
// fit into ceiling_samples_s. In rising order.
[[nodiscard]] std::vector<std::size_t> affordable(std::span<const double> costs_s);

// The rounds beside one block: as many as fit into ceiling_samples_s, at most ten. One at the
// beginning, one at the end and the others between; where there is time for one only, that one is at the
// beginning. A device that turns out slower than it was when it was asked gets fewer.
class RoundBudget {
 public:
  RoundBudget() = default;  // no round is ever due
  // `round_s`: what a round will take; it is affordable(). The block is sampled from `shortest_s` to
  // `longest_s` seconds.
  RoundBudget(double round_s, double shortest_s, double longest_s);

  // Whether a round is to be taken after so many seconds of the block's own sampling.
  [[nodiscard]] bool due(double elapsed_s);
  // The same behind the block's sampling. Several where it was short.
  [[nodiscard]] bool due_at_end();
  // What a round took.
  void took(double round_s);
  [[nodiscard]] double spent_s() const { return spent_s_; }

 private:
  [[nodiscard]] bool room_for(int rounds) const {
    return spent_s_ + rounds * longest_round_s_ <= ceiling_samples_s;
  }

  RoundSchedule schedule_;
  int taken_ = 0;
  bool any_ = false, ended_ = false;
  double spent_s_ = 0;
  double longest_round_s_ = 0;  // expected, until one took longer
};

// As many values at even distances of time, each the nearest one that was taken: so that a state of
// the machine counts by how long it lasted, not by how often it was looked at. The highest is always
// among them: what was reached once can be reached. `times` rises, one a value; anything else returns
// the values as they are.
[[nodiscard]] std::vector<double> evenly_in_time(std::span<const double> times,
                                                 std::span<const double> values);

}  // namespace assay
