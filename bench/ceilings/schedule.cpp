#include "bench/ceilings/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay {
namespace {

constexpr int most_rounds = 10;
constexpr int fewest_rounds = 5;  // where they fit

}  // namespace

RoundSchedule::RoundSchedule(int rounds, double shortest_s, double longest_s)
    : left_(std::max(rounds, 2) - 1), first_gap_s_(std::max(shortest_s, 1e-3) / 2) {
  // The first gap, grown once a further round, ends with the longest sampling.
  const double span = std::max(longest_s / first_gap_s_, 2.0);
  growth_ = std::pow(span, 1.0 / static_cast<double>(std::max(left_ - 1, 1)));
}

bool RoundSchedule::due(double elapsed_s) {
  if (left_ == 0 || elapsed_s < next_s_) return false;
  --left_;
  next_s_ = std::max(first_gap_s_, growth_ * elapsed_s);
  return true;
}

std::vector<std::size_t> affordable(std::span<const double> costs_s) {
  std::vector<std::size_t> order(costs_s.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return costs_s[i]; });
  double sum_s = 0;
  std::size_t count = 0;
  while (count < order.size() && sum_s + costs_s[order[count]] <= ceiling_samples_s) {
    sum_s += costs_s[order[count++]];
  }
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

RoundBudget::RoundBudget(double round_s, double shortest_s, double longest_s)
    : any_(true), longest_round_s_(round_s) {
  const double fit = std::floor(ceiling_samples_s / std::max(round_s, 1e-9));
  schedule_ = {static_cast<int>(std::clamp(fit, 2.0, double{most_rounds})), shortest_s, longest_s};
}

bool RoundBudget::due(double elapsed_s) {
  // Room for this round and for the one at the end.
  return any_ && room_for(taken_ == 0 ? 1 : 2) && schedule_.due(elapsed_s);
}

bool RoundBudget::due_at_end() {
  const bool last = !ended_;
  ended_ = true;
  return any_ && room_for(1) && (last || taken_ < fewest_rounds);
}

void RoundBudget::took(double round_s) {
  ++taken_;
  spent_s_ += round_s;
  longest_round_s_ = std::max(longest_round_s_, round_s);
}

std::vector<double> evenly_in_time(std::span<const double> times, std::span<const double> values) {
  std::vector<double> spread(values.begin(), values.end());
  if (values.size() < 3 || times.size() != values.size() || !std::ranges::is_sorted(times)) {
    return spread;
  }
  const double step = (times.back() - times.front()) / static_cast<double>(values.size() - 1);
  if (!(step > 0)) return spread;
  std::size_t nearest = 0;
  for (std::size_t i = 0; i < spread.size(); ++i) {
    const double time = times.front() + step * static_cast<double>(i);
    while (nearest + 1 < times.size() &&
           std::abs(times[nearest + 1] - time) <= std::abs(times[nearest] - time)) {
      ++nearest;
    }
    spread[i] = values[nearest];
  }
  const auto highest = std::ranges::max_element(values);
  if (std::ranges::find(spread, *highest) == spread.end()) {
    const double time = times[static_cast<std::size_t>(highest - values.begin())] - times.front();
    spread[static_cast<std::size_t>(std::lround(time / step))] = *highest;
  }
  return spread;
}

}  // namespace assay
