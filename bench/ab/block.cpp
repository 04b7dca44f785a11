#include "bench/ab/block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "bench/estimate.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

constexpr double sample_ns = 10e6;
constexpr double longest_warm_up_s = 0.1;

// What settles a block before it has times.
struct Settled {
  Status status;
  std::string reason;
};

class Turns {
 public:
  Turns(const char* side, WorkerClient& worker, const PlannedCase& planned,
        const BlockSettings& settings)
      : side_(side), worker_(worker), planned_(planned), settings_(settings) {}

  [[nodiscard]] const char* side() const { return side_; }

  [[nodiscard]] Support support() {
    return worker_.ask(protocol::Supports{case_name(planned_.c)}).support;
  }

  void prepare() {
    const std::string name = case_name(planned_.c);
    const auto prepared = worker_.ask(protocol::Prepare{name, settings_.seed, settings_.fill},
                                      prepare_patience(planned_));
    if (!prepared.skipped.empty()) throw Settled{Status::skipped, prepared.skipped};
    check(false);
  }

  void warm_up() {
    const auto reply =
        worker_.ask(protocol::WarmUp{longest_warm_up_s, sample_ns}, verify_patience(planned_));
    if (!(reply.call_ns > 0) || reply.calls_per_sample < 1) {
      worker_.fail("lied: a warm-up without time or calls");
    }
    call_ns_ = reply.call_ns;
    calls_ = reply.calls_per_sample;
  }

  void turn(std::int64_t calls) {
    const double sample_s = static_cast<double>(calls) * call_ns_ * 1e-9;
    const auto n = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(std::ceil(settings_.time_s / 2 / sample_s)), 1, 1000);
    const auto reply =
        worker_.ask(protocol::Sample{n, calls}, 20 * static_cast<double>(n) * sample_s);
    if (reply.wall_ns.size() != static_cast<std::size_t>(n)) worker_.fail("lied: samples missing");
    for (const double wall_ns : reply.wall_ns) {
      if (!(wall_ns > 0) || !std::isfinite(wall_ns)) worker_.fail("lied: a sample without time");
    }
    log_sum_ += std::log(median(reply.wall_ns) / static_cast<double>(calls));
    ++turns_;
  }

  void finish() {
    check(true);
    worker_.ask(protocol::Release{});
  }

  [[nodiscard]] std::int64_t calls() const { return calls_; }
  [[nodiscard]] double ns() const { return std::exp(log_sum_ / turns_); }

 private:
  void check(bool timed) {
    const auto reply = worker_.ask(protocol::Verify{timed}, verify_patience(planned_));
    if (!reply.passed) {
      throw Settled{Status::wrong, reply.reason.empty() ? "wrong result" : reply.reason};
    }
  }

  const char* side_;
  WorkerClient& worker_;
  const PlannedCase& planned_;
  const BlockSettings& settings_;
  double call_ns_ = 0;
  std::int64_t calls_ = 1;
  double log_sum_ = 0;
  double turns_ = 0;
};

// Both are asked, so that a case that one side lost names that side, whoever is first.
void check_support(Turns& first, Turns& second, Turns*& active) {
  active = &first;
  const Support of_first = first.support();
  active = &second;
  const Support of_second = second.support();
  if (of_first && of_second) return;
  if (!of_first && !of_second) {
    active = nullptr;
  } else if (!of_first) {
    active = &first;
  }
  throw Settled{Status::unsupported, of_first ? of_second.reason : of_first.reason};
}

void run_turns(Turns& first, Turns& second, Turns*& active) {
  const auto each = [&](auto&& step) {
    for (Turns* turns : {&first, &second}) {
      active = turns;
      step(*turns);
    }
  };
  check_support(first, second, active);
  each([](Turns& t) { t.prepare(); });
  each([](Turns& t) { t.warm_up(); });
  const std::int64_t calls = std::max(first.calls(), second.calls());
  for (Turns* turns : {&first, &second, &second, &first}) {
    active = turns;
    turns->turn(calls);
  }
  each([](Turns& t) { t.finish(); });
}

}  // namespace

BlockResult measure_block(WorkerClient& base, WorkerClient& head, const PlannedCase& planned,
                          const BlockSettings& settings) {
  const auto before = Process::Clock::now();
  Turns base_turns("base", base, planned, settings);
  Turns head_turns("head", head, planned, settings);
  Turns& first = settings.head_first ? head_turns : base_turns;
  Turns& second = settings.head_first ? base_turns : head_turns;
  Turns* active = &first;
  BlockResult result;
  const auto settle = [&](Status status, const std::string& reason) {
    result.status = status;
    result.side = active != nullptr ? active->side() : "";
    result.reason = reason;
  };
  try {
    run_turns(first, second, active);
    result.block = {base_turns.ns(), head_turns.ns(), settings.head_first, {}};
  } catch (const Settled& settled) {
    settle(settled.status, settled.reason);
  } catch (const WorkerFailure& failure) {
    settle(Status::failed, failure.what());
  } catch (const Error& error) {
    settle(Status::failed, error.what());
  }
  result.cost_s = std::chrono::duration<double>(Process::Clock::now() - before).count();
  return result;
}

}  // namespace assay
