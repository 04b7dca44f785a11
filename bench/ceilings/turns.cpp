#include "bench/ceilings/turns.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace assay {
namespace {

constexpr int most_ends = 8;
constexpr int most_hangs = 2;

bool is_lost(const Turn& turn) { return turn.reason.starts_with(not_available); }

struct Ready {
  Turn* turn;
  std::size_t index;  // the meter's
};

// `at` is the one that is being measured.
void attempt(Meter& meter, std::span<Turn> turns, int rounds, TimeLimit& limit, Turn*& at) {
  std::vector<Ready> prepared;
  // What preparing took: it draws inputs, checks an answer and warms up, so that a sample and the check
  // behind them don't take longer.
  double prepared_s = 0;
  for (Turn& turn : turns) {
    at = &turn;
    turn.seconds.clear();
    if (is_lost(turn)) continue;
    const double expected_s = limit.expected_s(*turn.problem);
    if (2 * expected_s + prepared_s > limit.left_s(meter)) {
      turn.reason =
          fmt::format("{}no time: preparing it would take about {:.2g} s", left_out, expected_s);
      continue;
    }
    const double before_s = meter.now_s();
    Meter::Added added = meter.add(*turn.problem);
    turn.implementation = std::move(added.implementation);
    turn.reason = std::move(added.reason);
    if (!added.index) continue;
    prepared.push_back({at, *added.index});
    const double took_s = meter.now_s() - before_s;
    limit.took(*turn.problem, took_s);
    prepared_s += took_s;
  }
  double round_s = 0;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0 && round_s + prepared_s > limit.left_s(meter)) break;
    const double before_s = meter.now_s();
    for (const Ready& each : prepared) {
      at = each.turn;
      at->seconds.push_back(meter.sample(each.index));
    }
    round_s = meter.now_s() - before_s;
  }
  for (const Ready& each : prepared) {
    at = each.turn;
    if (const std::string wrong = meter.check(each.index); !wrong.empty()) {
      at->seconds.clear();
      at->reason = "wrong: " + wrong;
    }
    meter.remove(each.index);
  }
}

}  // namespace

double TimeLimit::expected_s(const Problem& problem) const {
  const auto found = std::ranges::find(last_, problem.kernel, &Last::kernel);
  if (found == last_.end()) return 0;
  // Fewer bytes than that are nothing beside compiling and warming up.
  constexpr double few = 1 << 20;
  const double bytes = std::max(static_cast<double>(problem.bytes()), few);
  return found->seconds * std::max(bytes / std::max(found->bytes, few), 1.0);
}

void TimeLimit::took(const Problem& problem, double seconds) {
  const auto found = std::ranges::find(last_, problem.kernel, &Last::kernel);
  Last& last = found == last_.end() ? last_.emplace_back() : *found;
  last = {problem.kernel, static_cast<double>(problem.bytes()), seconds};
}

std::string Losses::survive(Meter& meter, const WorkerFailure& failure) {
  ++ends_;
  if (failure.silent()) ++hangs_;
  if (ends_ > most_ends || hangs_ > most_hangs || !meter.restart()) throw failure;
  return std::string(not_available) + failure.what();
}

void measure_in_turns(Meter& meter, std::span<Turn> turns, int rounds, Losses& losses,
                      TimeLimit& limit) {
  if (turns.empty()) return;
  for (;;) {
    Turn* at = turns.data();
    try {
      return attempt(meter, turns, rounds, limit, at);
    } catch (const WorkerFailure& failure) {
      for (Turn& each : turns) each.seconds.clear();
      at->reason = losses.survive(meter, failure);
    }
  }
}

}  // namespace assay
