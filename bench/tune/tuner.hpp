// The search for one problem: see tune.hpp.
#pragma once

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/tune/tune.hpp"
#include "bench/worker_client.hpp"

namespace assay {

class Tuner {
 public:
  using Clock = std::chrono::steady_clock;

  // All are referred to.
  Tuner(const KnownDevice& device, const TuningProblem& problem, const WorkerSettings& settings,
        const TuneListener& listener);

  // Tries the curated list, and decides if the time sufficed for all of it.
  void search(Clock::time_point until);
  // Tries neighbours of the best, and decides again if there was time for any.
  void refine(Clock::time_point until);

  [[nodiscard]] const Tuned& tuned() const { return tuned_; }
  [[nodiscard]] bool decided() const { return !tuned_.entry.variant.empty(); }

 private:
  struct Candidate {
    static constexpr double never = std::numeric_limits<double>::infinity();
    std::string variant;  // empty: what the device chooses by itself
    double ns = never;
    std::int64_t slot = -1;  // where the worker has it prepared
    std::int64_t calls = 1;  // of a sample
    bool out = false;        // wrong or broken
  };

  WorkerClient& worker();
  void quit();
  protocol::Tune::Reply ask(const std::string& best);
  // False if the time ended before all were tried.
  bool try_all(const std::vector<std::string>& variants, Clock::time_point until);
  void try_one(Candidate& candidate);
  void prepare(Candidate& candidate, const Problem& problem);
  double sample(const Candidate& candidate, std::int64_t samples);
  // Runs what the worker does for a candidate, which is out if that fails.
  template <typename Work>
  bool attempt(Candidate& candidate, const Work& work);
  void release_slow();
  [[nodiscard]] std::vector<Candidate*> fastest();
  [[nodiscard]] std::string best() const;
  void decide();
  // Each candidate's best of several rounds on the problem; false if one broke.
  bool measure_in_turns(const std::vector<Candidate*>& last, const Problem& problem);
  // Whether the variant doesn't lose against the default on the problem of proof.
  bool holds(const std::string& variant);

  const KnownDevice& device_;
  const TuningProblem& problem_;
  const WorkerSettings& settings_;
  const TuneListener& listener_;
  std::unique_ptr<WorkerClient> worker_;
  std::vector<Candidate> candidates_;  // tried ones
  std::vector<Candidate> proving_;     // prepared beside them
  std::map<std::string, bool> held_;   // holds(), by variant
  bool no_proof_ = false;              // the default can't run the problem of proof
  Tuned tuned_;
};

}  // namespace assay
