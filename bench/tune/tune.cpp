#include "bench/tune/tune.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

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

std::vector<Tuned> tune(const KnownDevice& device, const std::vector<Problem>& problems,
                        double budget_s, const WorkerSettings& settings,
                        const TuneListener& listener) {
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(budget_s));
  // What was chosen before must not be the default that is compared with.
  WorkerSettings untuned = settings;
  untuned.environment.emplace_back("ASSAY_TUNING", no_tuning);
  std::vector<std::unique_ptr<Tuner>> tuners;
  Clock::duration last{};
  for (const Problem& problem : problems) {
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

std::vector<Problem> tuning_problems(const DeviceInfo& device) {
  // Many rows first, and what inference runs in.
  constexpr std::array on_processors = {
      "matmul/dtype:f32/m:384/n:1024/k:2048", "matmul/dtype:bf16/m:384/n:1024/k:2048",
      "matmul/dtype:f32/m:64/n:1024/k:2048",  "matmul/dtype:bf16/m:64/n:1024/k:2048",
      "matmul/dtype:s8/m:384/n:1024/k:2048",  "matmul/dtype:s8/m:64/n:1024/k:2048",
      "matmul/dtype:f16/m:384/n:1024/k:2048", "matmul/dtype:f16/m:64/n:1024/k:2048",
  };
  constexpr std::array on_accelerators = {
      "matmul/dtype:bf16/m:2048/n:4096/k:4096",
      "matmul/dtype:f16/m:2048/n:4096/k:4096",
      "attention/dtype:bf16/heads:32/kv_heads:8/q:2048/kv:2048/d:128/causal:1",
      "attention/dtype:f16/heads:32/kv_heads:8/q:2048/kv:2048/d:128/causal:1",
      "matmul/dtype:s8/m:2048/n:4096/k:4096",
      "matmul/dtype:f32/m:2048/n:4096/k:4096",
      "matmul/dtype:bf16/m:64/n:4096/k:4096",
      "matmul/dtype:f16/m:64/n:4096/k:4096",
      "matmul/dtype:s8/m:64/n:4096/k:4096",
      "matmul/dtype:f32/m:64/n:4096/k:4096",
      "attention/dtype:bf16/heads:32/kv_heads:8/q:2048/kv:2048/d:64/causal:1",
      "attention/dtype:f16/heads:32/kv_heads:8/q:2048/kv:2048/d:64/causal:1",
  };
  const bool large = !device.cpu && !device.software;
  std::vector<Problem> problems;
  const auto add = [&](std::string_view name) {
    problems.push_back(parse_problem(std::string(name) + "/cache:hot"));
  };
  if (large) {
    std::ranges::for_each(on_accelerators, add);
  } else {
    std::ranges::for_each(on_processors, add);
  }
  return problems;
}

}  // namespace assay
