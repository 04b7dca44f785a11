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
  double later_s = 0;  // what a sample and a check of each prepared one will take
  for (Turn& turn : turns) {
    at = &turn;
    turn.seconds.clear();
    if (is_lost(turn)) continue;
    const TimeLimit::Cost expected = limit.expected(*turn.problem);
    if (expected.prepare_s + expected.later_s + later_s > limit.left_s(meter)) {
      turn.reason = fmt::format("{}no time: preparing it would take about {:.2g} s", left_out,
                                expected.prepare_s);
      continue;
    }
    const double before_s = meter.now_s();
    Meter::Added added = meter.add(*turn.problem);
    turn.implementation = std::move(added.implementation);
    turn.reason = std::move(added.reason);
    if (!added.index) continue;
    prepared.push_back({at, *added.index});
    const double took_s = meter.now_s() - before_s;
    // Preparing checks an answer and warms up: a sample and a check won't take longer.
    const TimeLimit::Cost cost{took_s, added.later_s > 0 ? added.later_s : took_s};
    limit.took(*turn.problem, cost);
    later_s += cost.later_s;
  }
  for (int round = 0; round < rounds; ++round) {
    if (round > 0 && later_s > limit.left_s(meter)) break;
    for (const Ready& each : prepared) {
      at = each.turn;
      at->seconds.push_back(meter.sample(each.index));
    }
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

TimeLimit::Cost TimeLimit::expected(const Problem& problem) const {
  const auto found = std::ranges::find(last_, problem.kernel, &Last::kernel);
  if (found == last_.end()) return {};
  // Fewer bytes than that are nothing beside compiling and warming up.
  constexpr double few = 1 << 20;
  const double bytes = std::max(static_cast<double>(problem.bytes()), few);
  const double more = std::max(bytes / std::max(found->bytes, few), 1.0);
  return {more * found->cost.prepare_s, more * found->cost.later_s};
}

void TimeLimit::took(const Problem& problem, const Cost& cost) {
  const auto found = std::ranges::find(last_, problem.kernel, &Last::kernel);
  Last& last = found == last_.end() ? last_.emplace_back() : *found;
  last = {problem.kernel, static_cast<double>(problem.bytes()), cost};
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
