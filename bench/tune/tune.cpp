#include "bench/tune/tune.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>

#include "bench/case.hpp"
#include "bench/worker_client.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double warm_up_s = 0.05;
constexpr double sample_ns = 5e6;
constexpr std::int64_t samples_each = 3;
constexpr std::size_t finalists = 4;
constexpr int final_rounds = 3;
// Of the budget; the rest is for the last rounds.
constexpr double search_share = 0.65;
// What a choice must win over the default to be kept: less is what the machine does by itself.
constexpr double least_gain = 1.01;

struct Candidate {
  std::string variant;  // empty: what the device chooses by itself
  double ns = std::numeric_limits<double>::infinity();
};

Clock::time_point after(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

class Tuner {
 public:
  Tuner(const KnownDevice& device, const Problem& problem, double budget_s,
        const WorkerSettings& settings, const std::function<void(const std::string&)>& say)
      : device_(device),
        problem_(problem),
        settings_(settings),
        say_(say),
        search_until_(after(budget_s * search_share)),
        decide_until_(after(budget_s)) {}

  Tuned run() {
    Tuned tuned;
    try {
      const auto first = ask("");
      tuned.entry.key = first.key;
      if (first.key.empty()) {
        tuned.reason = "nothing to choose";
        return tuned;
      }
      try_all({""}, tuned);
      tuned.tried = 0;
      if (candidates_.empty()) return tuned;
      try_all(first.variants, tuned);
      std::string before;
      while (Clock::now() < search_until_ && best() != before) {
        before = best();
        try_all(ask(before).variants, tuned);
      }
      decide(tuned);
    } catch (const WorkerFailure& failure) {
      tuned.reason = failure.what();
    }
    if (worker_) worker_->quit();
    return tuned;
  }

 private:
  WorkerClient& worker() {
    if (!worker_) {
      worker_ = start_probed(settings_, nullptr, device_.plugin, device_.id()).worker;
    }
    return *worker_;
  }

  protocol::Tune::Reply ask(const std::string& best) {
    return worker().ask(protocol::Tune{case_name({problem_, device_.id(), ""}), best});
  }

  // Nanoseconds of a call, in the best sample; nothing, with the reason, where the answer is wrong.
  std::optional<double> measure(const std::string& variant, std::string& reason) {
    WorkerClient& asked = worker();
    const std::string name = case_name({problem_, device_.id(), variant});
    const auto support = asked.ask(protocol::Supports{name}).support;
    if (!support) {
      reason = support.reason;
      return std::nullopt;
    }
    constexpr double patience_s = 60;
    const auto prepared = asked.ask(protocol::Prepare{name, 1, Fill::random}, patience_s);
    if (!prepared.skipped.empty()) {
      reason = prepared.skipped;
      return std::nullopt;
    }
    const auto verified = asked.ask(protocol::Verify{false}, patience_s);
    if (!verified.passed) {
      reason = verified.reason;
      return std::nullopt;
    }
    const auto warm = asked.ask(protocol::WarmUp{warm_up_s, sample_ns});
    const auto calls = std::max<std::int64_t>(warm.calls_per_sample, 1);
    const auto sampled = asked.ask(protocol::Sample{samples_each, calls});
    (void)asked.ask(protocol::Release{});
    if (sampled.wall_ns.empty()) return std::nullopt;
    return std::ranges::min(sampled.wall_ns) / static_cast<double>(calls);
  }

  void try_all(const std::vector<std::string>& variants, Tuned& tuned) {
    for (const std::string& variant : variants) {
      if (std::ranges::find(candidates_, variant, &Candidate::variant) != candidates_.end() ||
          (tuned.tried > 0 && Clock::now() >= search_until_)) {
        continue;
      }
      say_(variant.empty() ? "the default" : variant);
      Candidate candidate{variant};
      try {
        const auto ns = measure(variant, tuned.reason);
        if (ns) candidate.ns = *ns;
        ++(ns ? tuned.tried : tuned.failed);
      } catch (const WorkerFailure& failure) {
        worker_.reset();
        tuned.reason = failure.what();
        ++tuned.failed;
      }
      candidates_.push_back(candidate);
    }
  }

  // The fastest so far, the default aside; empty if there is none.
  [[nodiscard]] std::string best() const {
    Candidate fastest;
    for (const Candidate& each : candidates_) {
      if (!each.variant.empty() && each.ns < fastest.ns) fastest = each;
    }
    return fastest.variant;
  }

  // The fastest few in turns, the default among them.
  void decide(Tuned& tuned) {
    std::vector<Candidate> last = candidates_;
    std::ranges::sort(last, {}, &Candidate::ns);
    if (last.size() > finalists) last.resize(finalists);
    if (std::ranges::find(last, "", &Candidate::variant) == last.end()) last.push_back({""});
    for (Candidate& each : last) each.ns = std::numeric_limits<double>::infinity();
    for (int round = 0; round < final_rounds; ++round) {
      if (round > 0 && Clock::now() >= decide_until_) break;
      for (Candidate& each : last) {
        say_((each.variant.empty() ? "the default" : each.variant) + " again");
        const auto ns = measure(each.variant, tuned.reason);
        if (ns) each.ns = std::min(each.ns, *ns);
      }
    }
    const auto by_default = std::ranges::find(last, "", &Candidate::variant);
    const auto fastest = std::ranges::min_element(last, {}, &Candidate::ns);
    tuned.default_ns = by_default->ns;
    if (!(fastest->ns < std::numeric_limits<double>::infinity())) return;
    const bool gains = by_default->ns > fastest->ns * least_gain;
    tuned.entry.variant = gains ? fastest->variant : std::string(tuned_to_default);
    tuned.entry.ns = gains ? fastest->ns : by_default->ns;
    tuned.reason.clear();
  }

  const KnownDevice& device_;
  const Problem& problem_;
  const WorkerSettings& settings_;
  const std::function<void(const std::string&)>& say_;
  Clock::time_point search_until_, decide_until_;
  std::unique_ptr<WorkerClient> worker_;
  std::vector<Candidate> candidates_;  // tried ones
};

}  // namespace

Tuned tune(const KnownDevice& device, const Problem& problem, double budget_s,
           const WorkerSettings& settings, const std::function<void(const std::string&)>& say) {
  // What was chosen before must not be the default that is compared with.
  WorkerSettings untuned = settings;
  untuned.environment.emplace_back("ASSAY_TUNING", "none");
  return Tuner(device, problem, budget_s, untuned, say).run();
}

std::vector<Problem> tuning_problems(const DeviceInfo& device) {
  constexpr std::array few = {"/m:384/n:1024/k:2048", "/m:64/n:1024/k:2048"};
  constexpr std::array many = {"/m:2048/n:4096/k:4096", "/m:64/n:4096/k:4096"};
  const bool large = !device.cpu && !device.software;
  std::vector<Problem> problems;
  for (const char* dtype : {"f32", "bf16", "f16", "s8"}) {
    for (const char* size : large ? many : few) {
      problems.push_back(parse_problem(std::string("matmul/dtype:") + dtype + size + "/cache:hot"));
    }
  }
  if (!large) return problems;
  for (const char* dtype : {"bf16", "f16"}) {
    for (const char* d : {"128", "64"}) {
      problems.push_back(
          parse_problem(std::string("attention/dtype:") + dtype +
                        "/heads:32/kv_heads:8/q:2048/kv:2048/causal:1/cache:hot/d:" + d));
    }
  }
  return problems;
}

}  // namespace assay
