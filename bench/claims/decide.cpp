#include "bench/claims/decide.hpp"

#include <algorithm>
#include <array>

namespace assay {
namespace {

double end_of(const Condition& condition, const Estimate& e) {
  switch (condition.end) {
    case Condition::End::low:
      return e.low;
    case Condition::End::high:
      return e.high;
    case Condition::End::value:
      break;
  }
  return e.value;
}

bool holds(const Condition& condition, double x) {
  switch (condition.relation) {
    case Condition::Relation::at_least:
      return x >= condition.threshold;
    case Condition::Relation::above:
      return x > condition.threshold;
    case Condition::Relation::at_most:
      return x <= condition.threshold;
    case Condition::Relation::below:
      break;
  }
  return x < condition.threshold;
}

bool rising(const Condition& condition) {
  return condition.relation == Condition::Relation::at_least ||
         condition.relation == Condition::Relation::above;
}

// Wholly in the gap between the margins, where there is one.
bool in_gap(const Condition& support, const Condition& refute, const Estimate& e) {
  const bool up = rising(support);
  const double bottom = up ? refute.threshold : support.threshold;
  const double top = up ? support.threshold : refute.threshold;
  using End = Condition::End;
  const bool exact = support.end == End::value && refute.end == End::value;
  const double low = exact ? e.value : e.low;
  const double high = exact ? e.value : e.high;
  return bottom < top && low >= bottom && high < top;
}

}  // namespace

std::string_view name(Ruling ruling) {
  constexpr std::array<std::string_view, 5> names = {"supported", "refuted", "between the margins",
                                                     "inconclusive", "not measured"};
  return names[static_cast<std::size_t>(ruling)];
}

Ruling rule_on(const ClaimTest& test, const Estimate& interval) {
  if (test.inside) {
    const auto& [bottom, top] = *test.inside;
    if (interval.low >= bottom && interval.high <= top) return Ruling::supported;
    return interval.high < bottom || interval.low > top ? Ruling::refuted : Ruling::inconclusive;
  }
  if (holds(*test.support, end_of(*test.support, interval))) return Ruling::supported;
  if (holds(*test.refute, end_of(*test.refute, interval))) return Ruling::refuted;
  return in_gap(*test.support, *test.refute, interval) ? Ruling::between : Ruling::inconclusive;
}

Estimate widened(const Estimate& interval) {
  // Outwards on both sides of 0.
  const auto moved = [](double end, bool down) {
    return (end < 0) == down ? end * one_board : end / one_board;
  };
  return {interval.value, moved(interval.low, true), moved(interval.high, false)};
}

Ruling combined(std::span<const Ruling> rulings, const Quorum& quorum) {
  const Ruling tests = combined_tests(rulings, quorum);
  const auto some = [&](Ruling r) { return std::ranges::find(rulings, r) != rulings.end(); };
  const bool differ = some(Ruling::supported) && some(Ruling::refuted);
  return tests == Ruling::inconclusive && differ ? Ruling::between : tests;
}

Ruling combined_tests(std::span<const Ruling> rulings, const Quorum& quorum) {
  const auto count = [&](Ruling r) { return static_cast<int>(std::ranges::count(rulings, r)); };
  const int all = static_cast<int>(rulings.size());
  if (all == 0 || count(Ruling::missing) == all) return Ruling::missing;
  if (count(Ruling::supported) >= (quorum.support == 0 ? all : quorum.support)) {
    return Ruling::supported;
  }
  if (count(Ruling::refuted) >= (quorum.refute == 0 ? all : quorum.refute)) return Ruling::refuted;
  const int undecided = count(Ruling::inconclusive) + count(Ruling::missing);
  return undecided == 0 ? Ruling::between : Ruling::inconclusive;
}

Ruling with_conditions(Ruling tests, std::span<const Ruling> conditions) {
  const auto some = [&](Ruling r) { return std::ranges::find(conditions, r) != conditions.end(); };
  const bool differ = some(Ruling::supported) && some(Ruling::refuted);
  const bool otherwise =
      some(Ruling::between) ||
      (tests == Ruling::supported ? some(Ruling::refuted) : some(Ruling::supported));
  switch (tests) {
    case Ruling::supported:
    case Ruling::refuted:
      return otherwise || differ ? Ruling::between : tests;
    case Ruling::inconclusive:
      return differ ? Ruling::between : tests;
    case Ruling::between:
    case Ruling::missing:
      break;
  }
  return tests;
}

}  // namespace assay
