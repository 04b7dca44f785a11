#include "bench/ceilings/turns.hpp"

#include <optional>

namespace assay {
namespace {

constexpr int most_ends = 8;
constexpr int most_hangs = 2;

bool is_lost(const Turn& turn) { return turn.reason.starts_with(not_available); }

// `at` is the one that is being measured.
void attempt(Meter& meter, std::span<Turn> turns, int rounds, std::size_t& at) {
  std::vector<std::optional<std::size_t>> indices(turns.size());
  for (at = 0; at < turns.size(); ++at) {
    Turn& turn = turns[at];
    turn.seconds.clear();
    if (is_lost(turn)) continue;
    Meter::Added added = meter.add(*turn.problem);
    indices[at] = added.index;
    turn.implementation = std::move(added.implementation);
    turn.reason = std::move(added.reason);
  }
  for (int round = 0; round < rounds; ++round) {
    for (at = 0; at < turns.size(); ++at) {
      if (indices[at]) turns[at].seconds.push_back(meter.sample(*indices[at]));
    }
  }
  for (at = 0; at < turns.size(); ++at) {
    if (!indices[at]) continue;
    if (const std::string wrong = meter.check(*indices[at]); !wrong.empty()) {
      turns[at].seconds.clear();
      turns[at].reason = "wrong: " + wrong;
    }
    meter.remove(*indices[at]);
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
  for (;;) {
    std::size_t at = 0;
    try {
      return attempt(meter, turns, rounds, at);
    } catch (const WorkerFailure& failure) {
      for (Turn& each : turns) each.seconds.clear();
      turns[at].reason = losses.survive(meter, failure);
    }
  }
}

}  // namespace assay
