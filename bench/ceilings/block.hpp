// Ceilings beside one block of cases: sampled in turns with them, in the same worker processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/ceilings/schedule.hpp"
#include "bench/ceilings/stand_ins.hpp"
#include "bench/launch.hpp"

namespace assay {

class CeilingBlock {
 public:
  // Finds out which ceilings the attempts, all prepared, are to be held against, and prepares them
  // in every worker of the same hardware; what none of those can measure, in one of a stand-in. None
  // where `attempts` is empty. `shortest_s`: seconds that an attempt is sampled at least.
  CeilingBlock(WorkerPool& pool, StandIns& stand_ins, std::vector<Attempt*> attempts,
               double shortest_s);

  // Before every turn of the cases: takes one sample of each where that is due. All of them together
  // take ceiling_samples_s at most, spread over the whole sampling; what can't be sampled within that is
  // left out.
  void sample();
  // Behind the last turn: one more.
  void sample_last();
  // Gives every attempt the highest figure of its hardware, those included that the attempts of
  // `beside` were given before; or the reason why there is none.
  void finish(std::span<Attempt* const> beside);

 private:
  using Clock = std::chrono::steady_clock;

  // Whose worker measures.
  struct Measurer {
    const PlannedCase* planned;
    Attempt* attempt;  // null: a stand-in
    std::uint64_t seed;
    std::set<NeededCeiling> asked;
    bool lost = false;
  };

  void guarded(Measurer& measurer, const std::function<void(PairedProbes&)>& action);
  void add_stand_ins(const std::string& owner, std::set<NeededCeiling> lacking);
  void note_missing(const Measurer& measurer, const NeededCeiling& needed,
                    const std::string& reason);
  [[nodiscard]] std::string missing(const Attempt& attempt, const NeededCeiling& needed) const;
  // Expected seconds of a round without what costs too much.
  double plan_round();
  void take_round();

  WorkerPool& pool_;
  StandIns& stand_ins_;
  std::vector<Attempt*> attempts_;
  std::vector<Measurer> measurers_;
  std::map<std::string, std::set<NeededCeiling>> needed_;  // by ceiling_owner()
  // Why there is none: by device, and what stand-ins said by ceiling_owner().
  std::map<std::pair<std::string, NeededCeiling>, std::string> reasons_, lent_reasons_;
  RoundBudget rounds_;
  std::optional<Clock::time_point> begin_;
  std::vector<double> times_;  // of each round: seconds of sampling before it
};

}  // namespace assay
