#include "bench/tune/tune.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "bench/tune/tuner.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using Clock = Tuner::Clock;

// What the last problem took must be left, nearly, for another to be begun.
constexpr double begun_share = 0.75;

// Neighbours of what was decided, an equal share of the time for each problem.
void refine(const std::vector<std::unique_ptr<Tuner>>& tuners, Clock::time_point until) {
  std::vector<Tuner*> decided;
  for (const auto& each : tuners) {
    if (each->decided()) decided.push_back(each.get());
  }
  auto left = static_cast<Clock::rep>(decided.size());
  for (Tuner* each : decided) {
    const auto now = Clock::now();
    if (now >= until) return;
    each->refine(now + (until - now) / left--);
  }
}

}  // namespace

std::vector<Tuned> tune(const KnownDevice& device, const std::vector<TuningProblem>& problems,
                        double budget_s, const WorkerSettings& settings,
                        const TuneListener& listener) {
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(budget_s));
  // What was chosen before must not be the default that is compared with.
  WorkerSettings untuned = settings;
  untuned.environment.emplace_back("ASSAY_TUNING", no_tuning);
  std::vector<std::unique_ptr<Tuner>> tuners;
  Clock::duration last{};
  for (const TuningProblem& problem : problems) {
    const auto begin = Clock::now();
    const std::chrono::duration<double> needed = begun_share * std::chrono::duration<double>(last);
    if (begin + needed > until) break;
    tuners.push_back(std::make_unique<Tuner>(device, problem, untuned, listener));
    tuners.back()->search(until);
    last = Clock::now() - begin;
  }
  refine(tuners, until);
  std::vector<Tuned> found;
  for (const auto& each : tuners) found.push_back(each->tuned());
  Tuned rest;
  rest.reason = "not tried: no time left";
  found.resize(problems.size(), rest);
  return found;
}

std::vector<TuningProblem> tuning_problems(const DeviceInfo& device) {
  std::vector<TuningProblem> problems;
  // Many rows first, and what inference runs in.
  if (device.cpu || device.software) {
    using Class = std::pair<const char*, bool>;
    for (const auto& [dtype, wide] :
         {Class{"f32", true}, Class{"bf16", true}, Class{"f32", false}, Class{"bf16", false},
          Class{"s8", true}, Class{"s8", false}, Class{"f16", true}, Class{"f16", false}}) {
      const std::string begin = std::string("matmul/dtype:") + dtype + "/m:";
      problems.push_back({parse_problem(begin + (wide ? "384" : "64") + "/n:1024/k:2048/cache:hot"),
                          parse_problem(begin + (wide ? "512" : "64") + "/n:4096/k:4096")});
    }
    return problems;
  }
  // Large enough by themselves.
  for (const char* name :
       {"matmul/dtype:bf16/m:2048/n:4096/k:4096", "matmul/dtype:f16/m:2048/n:4096/k:4096",
        "attention/dtype:bf16/heads:32/kv_heads:8/q:2048/kv:2048/d:128/causal:1",
        "attention/dtype:f16/heads:32/kv_heads:8/q:2048/kv:2048/d:128/causal:1",
        "matmul/dtype:s8/m:2048/n:4096/k:4096", "matmul/dtype:f32/m:2048/n:4096/k:4096",
        "matmul/dtype:bf16/m:64/n:4096/k:4096", "matmul/dtype:f16/m:64/n:4096/k:4096",
        "matmul/dtype:s8/m:64/n:4096/k:4096", "matmul/dtype:f32/m:64/n:4096/k:4096",
        "attention/dtype:bf16/heads:32/kv_heads:8/q:2048/kv:2048/d:64/causal:1",
        "attention/dtype:f16/heads:32/kv_heads:8/q:2048/kv:2048/d:64/causal:1"}) {
    problems.push_back({parse_problem(std::string(name) + "/cache:hot"), std::nullopt});
  }
  return problems;
}

}  // namespace assay
