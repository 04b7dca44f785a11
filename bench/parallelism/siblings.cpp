#include "bench/parallelism/siblings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bench/statistics/proportion.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

using State = Siblings::State;

constexpr double most_shared = 1.3;
constexpr double least_separate = 1.6;
constexpr std::size_t fewest = 5;      // samples for any statement
constexpr std::size_t run_length = 4;  // samples that a new state must last to be a change

State state_of(double speed_up) {
  if (speed_up < most_shared) return State::shared;
  return speed_up > least_separate ? State::separate : State::unclear;
}

// States with single deviations smoothed away: each the majority of itself and its neighbours.
std::vector<State> smoothed(const std::vector<State>& states) {
  std::vector<State> result = states;
  for (std::size_t i = 1; i + 1 < states.size(); ++i) {
    if (states[i - 1] == states[i + 1]) result[i] = states[i - 1];
  }
  return result;
}

std::vector<std::int64_t> find_changes(const std::vector<State>& states) {
  std::vector<std::int64_t> changes;
  State current = State::unclear;
  for (std::size_t i = 0; i < states.size();) {
    std::size_t end = i;
    while (end < states.size() && states[end] == states[i]) ++end;
    if (states[i] != State::unclear && end - i >= run_length) {
      if (current != State::unclear && current != states[i]) {
        changes.push_back(static_cast<std::int64_t>(i));
      }
      current = states[i];
    }
    i = end;
  }
  return changes;
}

}  // namespace

Siblings find_siblings(std::span<const double> speed_ups) {
  Siblings result;
  result.samples = static_cast<std::int64_t>(speed_ups.size());
  if (speed_ups.empty()) return result;
  result.scaling = median(speed_ups);
  if (speed_ups.size() < fewest) return result;
  std::vector<State> states;
  for (const double each : speed_ups) states.push_back(state_of(each));
  const auto count = [&](State state) { return std::ranges::count(states, state); };
  result.state = count(State::shared) >= count(State::separate) ? State::shared : State::separate;
  const std::int64_t same = count(result.state);
  result.share = static_cast<double>(same) / static_cast<double>(states.size());
  result.sure = proportion_at_least(same, result.samples);
  if (2 * same <= result.samples) result.state = State::unclear;
  result.changes = find_changes(smoothed(states));
  return result;
}

std::string siblings_text(const Siblings& s, const std::string& which) {
  std::string text = fmt::format("{} deliver the arithmetic of {:.2f} of one", which, s.scaling);
  switch (s.state) {
    case State::shared:
      text += fmt::format(": two threads of one core (in {:.0f} % of {} samples, sure: {:.0f} %)",
                          100 * s.share, s.samples, 100 * s.sure);
      break;
    case State::separate:
      text += fmt::format(": two cores (in {:.0f} % of {} samples, sure: {:.0f} %)", 100 * s.share,
                          s.samples, 100 * s.sure);
      break;
    case State::unclear:
      text += fmt::format(": unclear after {} samples; others may be at work here", s.samples);
  }
  if (!s.changes.empty()) {
    text += fmt::format("; this changed {} time{} meanwhile, first at sample {}", s.changes.size(),
                        s.changes.size() == 1 ? "" : "s", s.changes.front());
  }
  return text;
}

}  // namespace assay
