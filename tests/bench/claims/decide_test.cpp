#include "bench/claims/decide.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "bench/statistics/bootstrap.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

ClaimTest threshold(const char* support, const char* refute) {
  ClaimTest test;
  test.support = parse_condition(support);
  test.refute = parse_condition(refute);
  return test;
}

TEST(Rule, ThresholdNeedsTheWholeInterval) {
  const ClaimTest test = threshold("low >= 1", "high < 1");
  EXPECT_EQ(rule_on(test, {1.2, 1.0, 1.4}), Ruling::supported);
  EXPECT_EQ(rule_on(test, {1.2, 0.99, 1.4}), Ruling::inconclusive);
  EXPECT_EQ(rule_on(test, {0.9, 0.8, 1.0}), Ruling::inconclusive);
  EXPECT_EQ(rule_on(test, {0.9, 0.8, 0.99}), Ruling::refuted);
}

TEST(Rule, GapBetweenTheMargins) {
  const ClaimTest test = threshold("low >= 0.8", "high < 0.5");
  EXPECT_EQ(rule_on(test, {0.6, 0.55, 0.7}), Ruling::between);
  EXPECT_EQ(rule_on(test, {0.6, 0.45, 0.7}), Ruling::inconclusive);
  const ClaimTest turned = threshold("high < 0.5", "low >= 0.8");
  EXPECT_EQ(rule_on(turned, {0.6, 0.55, 0.7}), Ruling::between);
  EXPECT_EQ(rule_on(turned, {0.3, 0.2, 0.4}), Ruling::supported);
  EXPECT_EQ(rule_on(turned, {0.9, 0.85, 1.0}), Ruling::refuted);
}

TEST(Rule, EqualityHasABand) {
  ClaimTest test;
  test.inside = {2.4 / 1.1, 2.4 * 1.1};
  EXPECT_EQ(rule_on(test, {2.4, 2.3, 2.5}), Ruling::supported);
  EXPECT_EQ(rule_on(test, {2.2, 2.1, 2.3}), Ruling::inconclusive);
  EXPECT_EQ(rule_on(test, {2.0, 1.9, 2.1}), Ruling::refuted);
  EXPECT_EQ(rule_on(test, {3.0, 2.7, 3.1}), Ruling::refuted);
  EXPECT_EQ(rule_on(test, {2.4, 2.4, 2.4}), Ruling::supported);
}

TEST(Rule, ConditionsAreParsedWhole) {
  EXPECT_EQ(parse_condition("high <= 0.6")->relation, Condition::Relation::at_most);
  EXPECT_EQ(parse_condition("value >= 99")->threshold, 99);
  for (const char* bad : {"", "low", "low >= ", "low >= x", "low >= 1 ", "low = 1", "low >= nan",
                          "mean > 1", "low>1"}) {
    EXPECT_FALSE(parse_condition(bad)) << bad;
  }
}

TEST(Rule, Widening) {
  const Estimate e = widened({1, 0.95, 1.05});
  EXPECT_DOUBLE_EQ(e.low, 0.95 / 1.05);
  EXPECT_DOUBLE_EQ(e.high, 1.05 * 1.05);
}

TEST(Combine, QuorumsAndMixtures) {
  using enum Ruling;
  const auto of = [](std::vector<Ruling> r, Quorum q = {}) { return combined(r, q); };
  EXPECT_EQ(of({}), missing);
  EXPECT_EQ(of({missing, missing}), missing);
  EXPECT_EQ(of({supported, supported}), supported);
  EXPECT_EQ(of({refuted, refuted}), refuted);
  EXPECT_EQ(of({supported, refuted}), between);
  EXPECT_EQ(of({supported, between}), between);
  EXPECT_EQ(of({supported, inconclusive}), inconclusive);
  EXPECT_EQ(of({supported, missing}), inconclusive);
  EXPECT_EQ(of({supported, missing, refuted}, {1, 0}), supported);
  EXPECT_EQ(of({refuted, inconclusive}, {0, 1}), refuted);
  EXPECT_EQ(of({supported, refuted, refuted, refuted}, {2, 0}), between);
  EXPECT_EQ(of({supported, refuted, inconclusive}), between);
}

// That one test holds and another doesn't is no answer while a third is open.
TEST(Combine, UnlikeTestsMustAllBeDecided) {
  using enum Ruling;
  const auto of = [](std::vector<Ruling> r, Quorum q = {}) { return combined_tests(r, q); };
  EXPECT_EQ(of({supported, refuted, inconclusive}), inconclusive);
  EXPECT_EQ(of({supported, refuted}), between);
  EXPECT_EQ(of({supported, missing}), inconclusive);
  EXPECT_EQ(of({supported, missing}, {1, 0}), supported);
}

TEST(Rule, ValuesLieBetweenByThemselves) {
  const ClaimTest test = threshold("value >= 1", "value < 0.9");
  EXPECT_EQ(rule_on(test, {22.0 / 23, 0.78, 0.999}), Ruling::between);
  EXPECT_EQ(rule_on(test, {0.5, 0.4, 0.95}), Ruling::refuted);
}

TEST(Bootstrap, ClosedForms) {
  const std::vector<double> a = {2, 2, 2, 2};
  const std::vector<double> b = {3, 3, 3};
  const Estimate exact = bootstrap_ratio(a, b);
  EXPECT_DOUBLE_EQ(exact.value, 1.5);
  EXPECT_DOUBLE_EQ(exact.low, 1.5);
  EXPECT_DOUBLE_EQ(exact.high, 1.5);
}

// 95 % intervals of a ratio of medians of 10 runs hold the truth in 92 to 99 % of 600 experiments.
TEST(Bootstrap, Coverage) {
  int covered = 0;
  constexpr int experiments = 600;
  std::uint64_t drawn = 0;
  for (int e = 0; e < experiments; ++e) {
    std::vector<double> a;
    std::vector<double> b;
    for (int i = 0; i < 10; ++i) {
      a.push_back(1 + 0.05 * near_normal(random_bits(5, 1, drawn)));
      b.push_back(2 + 0.10 * near_normal(random_bits(5, 2, drawn++)));
    }
    const Estimate interval = bootstrap_ratio(a, b, {.resamples = 400});
    covered += interval.low <= 2 && interval.high >= 2 ? 1 : 0;
  }
  EXPECT_GT(covered, experiments * 92 / 100);
  EXPECT_LT(covered, experiments * 99 / 100);
}

}  // namespace
}  // namespace assay
