#include "bench/tune/tuner.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "bench/case.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr double warm_up_s = 0.02;
constexpr double sample_ns = 5e6;
constexpr double patience_s = 60;
// So much slower after one sample, a candidate gets no others.
constexpr double clearly_slower = 1.25;
constexpr std::int64_t more_samples = 2;
constexpr std::size_t finalists = 4;
constexpr int final_rounds = 5;
constexpr std::int64_t samples_a_turn = 2;
// What a choice must win over the default to be kept: less is what the machine does by itself.
constexpr double least_gain = 1.01;

// A candidate's answer was wrong, or its device can't run it; the worker is well.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

Tuner::Tuner(const KnownDevice& device, const TuningProblem& problem,
             const WorkerSettings& settings, const TuneListener& listener)
    : device_(device), problem_(problem), settings_(settings), listener_(listener) {}

void Tuner::search(Clock::time_point until) {
  try {
    const auto first = ask("");
    tuned_.entry.key = first.key;
    tuned_.choice = !first.key.empty();
    if (tuned_.choice) {
      // The default is in every final: it is tried however short the time is, and counts for none.
      (void)try_all({""}, Clock::time_point::max());
      tuned_.tried = tuned_.failed = 0;
      if (try_all(first.variants, until)) {
        decide();
      } else {
        tuned_.reason = std::to_string(tuned_.tried + tuned_.failed) + " of " +
                        std::to_string(first.variants.size()) + " tried in the time: not kept";
      }
    }
  } catch (const WorkerFailure& failure) {
    tuned_.reason = failure.what();
  }
  quit();
}

void Tuner::refine(Clock::time_point until) {
  try {
    const std::size_t known = candidates_.size();
    for (std::string before; Clock::now() < until && best() != before;) {
      before = best();
      if (!try_all(ask(before).variants, until)) break;
    }
    if (candidates_.size() > known) decide();
  } catch (const WorkerFailure&) {
    // What was decided before stays.
    worker_.reset();
  }
  quit();
}

WorkerClient& Tuner::worker() {
  if (!worker_) {
    for (auto* tried : {&candidates_, &proving_}) {
      for (Candidate& each : *tried) each.slot = -1;
    }
    worker_ = start_probed(settings_, nullptr, device_.plugin, device_.id()).worker;
  }
  return *worker_;
}

void Tuner::quit() {
  if (worker_) worker_->quit();
  worker_.reset();
}

protocol::Tune::Reply Tuner::ask(const std::string& best) {
  return worker().ask(protocol::Tune{case_name({problem_.search, device_.id(), ""}), best});
}

bool Tuner::try_all(const std::vector<std::string>& variants, Clock::time_point until) {
  for (const std::string& variant : variants) {
    if (std::ranges::find(candidates_, variant, &Candidate::variant) != candidates_.end()) continue;
    if (Clock::now() >= until) return false;
    listener_.trying(problem_.search, variant.empty() ? "the default" : variant);
    Candidate& candidate = candidates_.emplace_back();
    candidate.variant = variant;
    ++(attempt(candidate, [&] { try_one(candidate); }) ? tuned_.tried : tuned_.failed);
    release_slow();
  }
  return true;
}

template <typename Work>
bool Tuner::attempt(Candidate& candidate, const Work& work) {
  try {
    work();
    return true;
  } catch (const Refused& refused) {
    tuned_.reason = refused.what();
  } catch (const WorkerFailure& failure) {
    worker_.reset();
    tuned_.reason = failure.what();
  }
  candidate.out = true;
  candidate.ns = Candidate::never;
  return false;
}

void Tuner::try_one(Candidate& candidate) {
  double least = Candidate::never;
  for (const Candidate& each : candidates_) least = std::min(least, each.ns);
  prepare(candidate, problem_.search);
  candidate.ns = sample(candidate, 1);
  if (candidate.ns > least * clearly_slower) return;
  candidate.ns = std::min(candidate.ns, sample(candidate, more_samples));
}

void Tuner::prepare(Candidate& candidate, const Problem& problem) {
  WorkerClient& asked = worker();
  const std::string name = case_name({problem, device_.id(), candidate.variant});
  const auto support = asked.ask(protocol::Supports{name}).support;
  if (!support) throw Refused(support.reason);
  std::set<std::int64_t> used;
  for (const auto* tried : {&candidates_, &proving_}) {
    for (const Candidate& each : *tried) used.insert(each.slot);
  }
  candidate.slot = 0;
  while (used.contains(candidate.slot)) ++candidate.slot;
  const std::int64_t slot = candidate.slot;
  const auto prepared = asked.ask(protocol::Prepare{name, 1, Fill::random, slot}, patience_s);
  if (!prepared.skipped.empty()) throw Refused(prepared.skipped);
  const auto verified = asked.ask(protocol::Verify{false, slot}, patience_s);
  if (!verified.passed) throw Refused(verified.reason);
  const auto warm = asked.ask(protocol::WarmUp{warm_up_s, sample_ns, slot});
  candidate.calls = std::max<std::int64_t>(warm.calls_per_sample, 1);
}

// Nanoseconds of a call in the best sample.
double Tuner::sample(const Candidate& candidate, std::int64_t samples) {
  const auto sampled = worker().ask(protocol::Sample{samples, candidate.calls, candidate.slot});
  if (sampled.wall_ns.empty()) throw Refused("no sample has a time");
  return std::ranges::min(sampled.wall_ns) / static_cast<double>(candidate.calls);
}

// Only those that may be in the final stay prepared.
void Tuner::release_slow() {
  if (!worker_) return;
  const std::vector<Candidate*> kept = fastest();
  for (Candidate& each : candidates_) {
    if (each.slot < 0 || std::ranges::find(kept, &each) != kept.end()) continue;
    (void)worker_->ask(protocol::Release{each.slot});
    each.slot = -1;
  }
}

// The few fastest, and the default.
std::vector<Tuner::Candidate*> Tuner::fastest() {
  std::vector<Candidate*> all;
  for (Candidate& each : candidates_) {
    if (!each.out) all.push_back(&each);
  }
  std::ranges::sort(all, {}, &Candidate::ns);
  std::vector<Candidate*> few;
  for (Candidate* each : all) {
    if (few.size() < finalists || each->variant.empty()) few.push_back(each);
  }
  return few;
}

// The fastest so far, the default aside; empty if there is none.
std::string Tuner::best() const {
  Candidate fastest;
  for (const Candidate& each : candidates_) {
    if (!each.variant.empty() && each.ns < fastest.ns) fastest = each;
  }
  return fastest.variant;
}

void Tuner::decide() {
  // Whoever fails is out, and the others begin anew.
  std::vector<Candidate*> last = fastest();
  while (!last.empty() && !measure_in_turns(last, problem_.search)) last = fastest();
  if (last.empty()) return;
  const auto by_default = std::ranges::find(candidates_, "", &Candidate::variant);
  std::ranges::sort(last, {}, &Candidate::ns);
  const Candidate* winner = &*by_default;
  for (const Candidate* each : last) {
    if (by_default->ns <= each->ns * least_gain) break;
    if (!holds(each->variant)) continue;
    winner = each;
    break;
  }
  tuned_.default_ns = by_default->ns;
  tuned_.entry.ns = winner->ns;
  tuned_.entry.variant = winner->variant.empty() ? std::string(tuned_to_default) : winner->variant;
  tuned_.reason.clear();
  listener_.decided(tuned_);
}

bool Tuner::holds(const std::string& variant) {
  if (!problem_.proof || no_proof_) return true;
  if (const auto known = held_.find(variant); known != held_.end()) return known->second;
  proving_ = {Candidate{}, Candidate{variant}};
  Candidate& by_default = proving_[0];
  Candidate& winner = proving_[1];
  const bool measured = measure_in_turns({&by_default, &winner}, *problem_.proof);
  // Where the default can't even be prepared, as in little memory, nothing is proven or refuted by it.
  no_proof_ = by_default.out && winner.slot < 0;
  const bool held = no_proof_ || (measured && winner.ns <= by_default.ns * least_gain);
  for (Candidate& each : proving_) {
    if (!worker_ || each.slot < 0) continue;
    (void)attempt(each, [&] { (void)worker().ask(protocol::Release{each.slot}); });
  }
  proving_.clear();
  held_[variant] = held;
  return held;
}

bool Tuner::measure_in_turns(const std::vector<Candidate*>& last, const Problem& problem) {
  for (Candidate* each : last) {
    if (worker_ && each->slot >= 0) continue;
    if (!attempt(*each, [&] { prepare(*each, problem); })) return false;
  }
  std::vector<double> least(last.size(), Candidate::never);
  for (int round = 0; round < final_rounds; ++round) {
    for (std::size_t i = 0; i < last.size(); ++i) {
      Candidate& each = *last[i];
      listener_.trying(problem, (each.variant.empty() ? "the default" : each.variant) + " again");
      const auto turn = [&] { least[i] = std::min(least[i], sample(each, samples_a_turn)); };
      if (!attempt(each, turn)) return false;
    }
  }
  for (std::size_t i = 0; i < last.size(); ++i) last[i]->ns = least[i];
  return true;
}

}  // namespace assay
