#include "bench/parallelism/siblings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/statistics/proportion.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

using State = Siblings::State;

constexpr double least_shared = 0.9;
constexpr double most_shared = 1.2;
constexpr double least_separate = 1.6;
constexpr std::size_t fewest = 5;      // samples for any statement
constexpr std::size_t run_length = 4;  // samples that a new state must last to be a change

State state_of(double speed_up) {
  if (speed_up >= least_shared && speed_up < most_shared) return State::shared;
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

void find_changes(const std::vector<State>& states, Siblings& result) {
  State current = State::unclear;
  for (std::size_t i = 0; i < states.size();) {
    std::size_t end = i;
    while (end < states.size() && states[end] == states[i]) ++end;
    if (states[i] != State::unclear && end - i >= run_length && current != states[i]) {
      if (current != State::unclear) {
        if (result.phases.empty()) result.phases.push_back(current);
        result.changes.push_back(static_cast<std::int64_t>(i));
        result.phases.push_back(states[i]);
      }
      current = states[i];
    }
    i = end;
  }
}

// See Siblings::independent.
double independent_samples(const std::vector<State>& states, State state) {
  const auto n = static_cast<double>(states.size());
  const double mean = static_cast<double>(std::ranges::count(states, state)) / std::max(n, 1.0);
  const double variance = mean * (1 - mean);
  if (states.size() < 2 || variance <= 0) return n;
  const auto deviation = [&](std::size_t i) { return (states[i] == state ? 1 : 0) - mean; };
  double covariance = 0;
  for (std::size_t i = 1; i < states.size(); ++i) covariance += deviation(i - 1) * deviation(i);
  const double correlation = std::clamp(covariance / (n - 1) / variance, 0.0, 0.99);
  return std::max(n * (1 - correlation) / (1 + correlation), 1.0);
}

const char* words(State state) {
  switch (state) {
    case State::shared:
      return "two threads of one core";
    case State::separate:
      return "two cores";
    case State::unclear:
      break;
  }
  return "unclear";
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
  find_changes(smoothed(states), result);
  // What holds now: since the last change, whatever was before.
  const std::size_t since =
      result.changes.empty() ? 0 : static_cast<std::size_t>(result.changes.back());
  const std::span<const State> judged = std::span(states).subspan(since);
  result.scaling = median(speed_ups.subspan(since));
  result.judged = static_cast<std::int64_t>(judged.size());
  const auto count = [&](State state) { return std::ranges::count(judged, state); };
  result.state = count(State::shared) >= count(State::separate) ? State::shared : State::separate;
  const std::int64_t same = count(result.state);
  result.share = static_cast<double>(same) / static_cast<double>(judged.size());
  if (3 * same < 2 * result.judged) result.state = State::unclear;
  if (result.state == State::unclear) return result;
  result.independent = independent_samples(states, result.state);
  const double independent = std::floor(result.independent);
  // Of all of them: what changed may change again.
  const double all = static_cast<double>(std::ranges::count(states, result.state)) /
                     static_cast<double>(states.size());
  result.sure = proportion_at_least(static_cast<std::int64_t>(all * independent),
                                    static_cast<std::int64_t>(independent));
  return result;
}

std::string siblings_text(const Siblings& s, const std::string& which) {
  std::string text = fmt::format("{} deliver the arithmetic of {:.2f} of one: ", which, s.scaling);
  if (s.state == State::unclear) {
    text += fmt::format(
        "{}unclear after {} samples; others, or a quota of processor time, may be at "
        "work here",
        s.changes.empty() ? "" : "now ", s.judged > 0 ? s.judged : s.samples);
  } else {
    text += fmt::format(
        "{}{} ({:.0f} % of {} samples; {}, at least {:.0f} % of further ones, at 95 % confidence)",
        s.changes.empty() ? "" : "now ", words(s.state), 100 * s.share, s.judged,
        s.changes.empty() ? "while conditions stay so" : "if they change as they did",
        100 * s.sure);
  }
  if (s.changes.empty()) return text;
  text += fmt::format("; this changed {} time{} meanwhile: {}", s.changes.size(),
                      s.changes.size() == 1 ? "" : "s", words(s.phases.front()));
  for (std::size_t i = 0; i < s.changes.size(); ++i) {
    text += fmt::format(", from sample {} {}", s.changes[i], words(s.phases[i + 1]));
  }
  return text;
}

}  // namespace assay
