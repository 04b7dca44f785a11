// Rules of decision: pure functions from intervals to words.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bench/claims/claim.hpp"
#include "bench/statistics/estimate.hpp"

namespace assay {

enum class Ruling : std::uint8_t {
  supported,
  refuted,
  between,       // shown to lie between the margins
  inconclusive,  // the interval crosses a margin
  missing,       // there is nothing to judge
};
[[nodiscard]] std::string_view name(Ruling ruling);

// Of a test with its two margins: supported where `support` holds for the interval, refuted where
// `refute` does, between where the interval lies wholly in the gap that the margins leave. Of an
// equality: supported inside its band, refuted where they don't meet.
[[nodiscard]] Ruling rule_on(const ClaimTest& test, const Estimate& interval);

// One board doesn't speak for its model: both ends moved out by 5 %.
inline constexpr double one_board = 1.05;
[[nodiscard]] Estimate widened(const Estimate& interval);

// What several rulings come to. Supported (refuted) where at least `quorum` of them are, all where it
// is 0; missing where all are; else inconclusive or between.
// Of conditions (of one test, or devices): between where some are supported and others refuted, or
// all are decided and differ.
[[nodiscard]] Ruling combined(std::span<const Ruling> rulings, const Quorum& quorum);
// Of unlike tests: between only where all are decided. That one holds and another doesn't says
// nothing while the rest is open.
[[nodiscard]] Ruling combined_tests(std::span<const Ruling> rulings, const Quorum& quorum);
// The tests' ruling, and those of conditions (ClaimTest::condition): one that is decided otherwise, or
// two that are decided differently, make it depend.
[[nodiscard]] Ruling with_conditions(Ruling tests, std::span<const Ruling> conditions);

}  // namespace assay
