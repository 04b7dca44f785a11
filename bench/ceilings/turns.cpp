#include "bench/ceilings/turns.hpp"

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
void attempt(Meter& meter, std::span<Turn> turns, int rounds, Turn*& at) {
  std::vector<Ready> prepared;
  for (Turn& turn : turns) {
    at = &turn;
    turn.seconds.clear();
    if (is_lost(turn)) continue;
    Meter::Added added = meter.add(*turn.problem);
    turn.implementation = std::move(added.implementation);
    turn.reason = std::move(added.reason);
    if (added.index) prepared.push_back({at, *added.index});
  }
  for (int round = 0; round < rounds; ++round) {
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

std::string Losses::survive(Meter& meter, const WorkerFailure& failure) {
  ++ends_;
  if (failure.silent()) ++hangs_;
  if (ends_ > most_ends || hangs_ > most_hangs || !meter.restart()) throw failure;
  return std::string(not_available) + failure.what();
}

void measure_in_turns(Meter& meter, std::span<Turn> turns, int rounds, Losses& losses) {
  if (turns.empty()) return;
  for (;;) {
    Turn* at = turns.data();
    try {
      return attempt(meter, turns, rounds, at);
    } catch (const WorkerFailure& failure) {
      for (Turn& each : turns) each.seconds.clear();
      at->reason = losses.survive(meter, failure);
    }
  }
}

}  // namespace assay
