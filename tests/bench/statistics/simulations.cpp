#include "simulations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "bench/statistics/hodges_lehmann.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/procedure.hpp"
#include "bench/statistics/proportion.hpp"
#include "bench/statistics/sign_flip.hpp"
#include "noise.hpp"

namespace assay::simulation {
namespace {

constexpr std::array machines = {
    Noise{.name = "normal"},
    Noise{.name = "heavy tails (t, 3 degrees of freedom)", .heavy = true},
    Noise{.name = "autocorrelated blocks (0.8)", .persistence = 0.8},
    Noise{.name = "2 % outliers", .outliers = 0.02},
    Noise{.name = "speed switches by 2", .switches = 0.02},
    Noise{.name = "drift of 0.5 % a sample", .drift = 0.005},
    Noise{.name = "heteroscedastic blocks", .wobble = 1},
    Noise{.name = "timer ticks of 5 %, many ties", .size = 0.03, .tick = 0.05},
    Noise{.name = "a tenth of the blocks missing", .lost = 0.1},
    Noise{.name = "all of it",
          .heavy = true,
          .persistence = 0.8,
          .outliers = 0.02,
          .switches = 0.01,
          .drift = 0.001},
};

// The verdict on one case that is measured with `blocks` blocks and not screened.
Estimate bounds(const SignFlipTest& test, std::span<const double> d) {
  return {hodges_lehmann(d), test.lower_bound(d, 0.01), test.upper_bound(d, 0.05)};
}

// The outcome of screen and confirmation of a single case.
Outcome judged_alone(const Noise& noise, double slowdown, Random& random) {
  Procedure procedure(1, {});
  while (!procedure.requests().empty()) {
    const std::size_t blocks = procedure.requests().front().blocks;
    const std::vector<std::vector<double>> given = {abba_blocks(noise, slowdown, blocks, random)};
    procedure.give(given);
  }
  return procedure.verdicts()[0].verdict.outcome;
}

bool covers(const std::optional<Estimate>& interval, double truth) {
  return interval && interval->low <= truth && truth <= interval->high;
}

// As `compare` meets them: a run that settled soon against one that didn't.
void unequal_launches(const Size& size, std::uint64_t seed, const Report& report) {
  constexpr std::array<std::pair<std::size_t, std::size_t>, 4> counts = {
      {{3, 10}, {3, 30}, {5, 15}, {5, 30}}};
  for (const auto& [few, many] : counts) {
    Random random(seed, 10000 + 100 * few + many);
    Tally interval{fmt::format("Welch interval, {} and {} launches", few, many), 0, size.intervals,
                   0.93, 1};
    Tally tail{fmt::format("Welch, {} and {} launches, A/A: called different at 0.1 %", few, many),
               0, size.intervals, 0, 0.002};
    for (std::int64_t i = 0; i < size.intervals; ++i) {
      std::vector<double> a(few);
      std::vector<double> b(many);
      for (double& ns : a) ns = std::exp(0.05 * random.normal());
      for (double& ns : b) ns = std::exp(0.05 * random.normal());
      const auto t = welch_t(a, b);
      interval.count += covers(unpaired_interval(a, b, 0.95), 0);
      // What one of ten cases needs before Holm calls it at 1 %.
      tail.count += t && (t->p_greater() < 0.001 || t->p_less() < 0.001);
    }
    report(interval);
    report(tail);
  }
}

}  // namespace

bool Tally::holds() const {
  const Estimate rate = clopper_pearson(count, trials, 0.999);
  return rate.high >= least && rate.low <= most;
}

Size full_size() { return {40000, 20000, 3000, 4000}; }
Size short_size() { return {4000, 2000, 60, 300}; }

void coverage(const Size& size, std::uint64_t seed, const Report& report) {
  const double truth = std::log(1.03);
  constexpr std::array models = {machines[0], machines[1], machines[2]};
  for (std::size_t model = 0; model < models.size(); ++model) {
    const Noise& noise = models[model];
    // Launch counts of a default run, of a screen and of a confirmation.
    for (const std::size_t n : {std::size_t{6}, std::size_t{12}, std::size_t{25}}) {
      Tally t{fmt::format("paired t interval, {} blocks, {}", n, noise.name), 0, 0, 0.93, 0.97};
      Tally hl{fmt::format("Hodges-Lehmann interval, {} blocks, {}", n, noise.name), 0, 0, 0.93,
               0.97};
      Tally low{fmt::format("sign-flip lower bound, {} blocks, {}", n, noise.name), 0, 0, 0.95, 1};
      Tally high{fmt::format("sign-flip upper bound, {} blocks, {}", n, noise.name), 0, 0, 0.95, 1};
      Tally welch{fmt::format("Welch interval, {} and {} launches, {}", n, n, noise.name), 0, 0,
                  0.93, 0.97};
      const SignFlipTest test(n);
      Random random(seed, 100 * model + n);
      for (std::int64_t i = 0; i < size.intervals; ++i) {
        const std::vector<double> d = abba_blocks(noise, truth, n, random);
        t.count += covers(paired_interval(d, 0.95), truth);
        hl.count += covers(hodges_lehmann_interval(d, 0.95), truth);
        low.count += test.lower_bound(d, 0.05) <= truth;
        high.count += test.upper_bound(d, 0.05) >= truth;
        std::vector<double> a;
        std::vector<double> b;
        for (std::size_t k = 0; k < n; ++k) {
          a.push_back(std::exp(noise.size * (noise.heavy ? random.student3() : random.normal())));
          b.push_back(
              std::exp(truth + noise.size * (noise.heavy ? random.student3() : random.normal())));
        }
        welch.count += covers(unpaired_interval(a, b, 0.95), truth);
      }
      for (Tally* tally : {&t, &hl, &low, &high, &welch}) {
        tally->trials = size.intervals;
        report(*tally);
      }
    }
  }
  unequal_launches(size, seed, report);
}

void false_alarms(const Size& size, std::uint64_t seed, const Report& report) {
  for (std::size_t model = 0; model < machines.size(); ++model) {
    const Noise& noise = machines[model];
    Random random(seed, model);
    Tally test_alone{fmt::format("L > 1 of A/A, 25 blocks, {}", noise.name), 0, size.verdicts, 0,
                     0.01};
    Tally verdict{fmt::format("regression of A/A, 25 blocks, {}", noise.name), 0, size.verdicts, 0,
                  0.01};
    std::vector<SignFlipTest> tests;
    for (std::size_t blocks = 1; blocks <= 25; ++blocks) tests.emplace_back(blocks);
    for (std::int64_t i = 0; i < size.verdicts; ++i) {
      const std::vector<double> d = abba_blocks(noise, 0, 25, random);
      const Estimate e = bounds(tests[d.size() - 1], d);
      test_alone.count += e.low > 0;
      verdict.count += judge(e, {}).outcome == Outcome::regression;
    }
    report(test_alone);
    report(verdict);

    Tally whole{fmt::format("regression of A/A, screen and confirmation, {}", noise.name), 0,
                size.verdicts, 0, 0.01};
    Tally passed{fmt::format("slowdown of the margin passed, {}", noise.name), 0, size.verdicts, 0,
                 0.05};
    for (std::int64_t i = 0; i < size.verdicts; ++i) {
      whole.count += judged_alone(noise, 0, random) == Outcome::regression;
      passed.count += judged_alone(noise, std::log(1.03), random) == Outcome::pass;
    }
    report(whole);
    report(passed);
  }
}

void power(const Size& size, std::uint64_t seed, const Report& report) {
  const double slowdown = std::log(1.03);
  const Noise noise{.name = "normal"};
  Tally found{"3 % slowdown found (L > 1): 50 pairs, 5 % noise, correlation 0.5", 0, size.verdicts,
              0.95, 1};
  Tally margin2{"and called a regression with a margin of 2 %", 0, size.verdicts, 0.95, 1};
  Tally margin3{"and with a margin of 3 %, within which 1 of 20 such slowdowns passes", 0,
                size.verdicts, 0.90, 1};
  Tally no_change{"no change passed with a margin of 3 %", 0, size.verdicts, 0.95, 1};
  const SignFlipTest test(50);
  Random random(seed, 0);
  for (std::int64_t i = 0; i < size.verdicts; ++i) {
    const Estimate e = bounds(test, pairs(noise, slowdown, 50, random));
    found.count += e.low > 0;
    margin2.count += judge(e, {.margin = 0.02}).outcome == Outcome::regression;
    margin3.count += judge(e, {.margin = 0.03}).outcome == Outcome::regression;
    const Estimate same = bounds(test, pairs(noise, 0, 50, random));
    no_change.count += judge(same, {}).outcome == Outcome::pass;
  }
  for (const Tally* tally : {&found, &margin2, &margin3, &no_change}) report(*tally);
  for (const Noise& machine : {machines[1], machines[2], machines[3]}) {
    Tally tally{fmt::format("3 % slowdown found: 50 pairs, {}", machine.name), 0, size.verdicts, 0,
                1};
    for (std::int64_t i = 0; i < size.verdicts; ++i) {
      tally.count += test.lower_bound(pairs(machine, slowdown, 50, random), 0.01) > 0;
    }
    report(tally);
  }
}

namespace {

constexpr std::size_t family_size = 200;
constexpr std::size_t planted = 10;

struct Family {
  const Noise& machine;
  double slowdown = 0;  // of the first 10 cases; 0: of none
  ProcedureOptions options = {};
};

struct FamilyResult {
  std::int64_t alarms = 0;  // regressions of cases that aren't slower
  std::int64_t found = 0;   // of those that are
};

FamilyResult judge_family(const Family& family, Random& random) {
  Procedure procedure(family_size, family.options);
  const auto slower = [&](std::size_t c) { return family.slowdown > 0 && c < planted; };
  while (!procedure.requests().empty()) {
    std::vector<std::vector<double>> blocks;
    for (const Procedure::Request& r : procedure.requests()) {
      // Cases differ in their noise: from half to twice the machine's.
      Noise noise = family.machine;
      noise.size *= std::exp2(2 * static_cast<double>(r.index % 11) / 10 - 1);
      const double shift = slower(r.index) ? std::log1p(family.slowdown) : 0;
      blocks.push_back(abba_blocks(noise, shift, r.blocks, random));
    }
    procedure.give(blocks);
  }
  FamilyResult result;
  for (std::size_t c = 0; c < family_size; ++c) {
    if (procedure.verdicts()[c].verdict.outcome != Outcome::regression) continue;
    ++(slower(c) ? result.found : result.alarms);
  }
  return result;
}

void find_planted(const Family& family, std::string_view screen, double least, const Size& size,
                  Random& random, const Report& report) {
  Tally alarms{fmt::format("200 cases, {} of them {:.0f} % slower: any false alarm, {}, {}",
                           planted, 100 * family.slowdown, screen, family.machine.name),
               0, size.families, 0, 0.01};
  Tally found{fmt::format("slowdowns of {:.0f} % found among 200 cases, {}, {}",
                          100 * family.slowdown, screen, family.machine.name),
              0, size.families * static_cast<std::int64_t>(planted), least, 1};
  for (std::int64_t i = 0; i < size.families; ++i) {
    const FamilyResult result = judge_family(family, random);
    alarms.count += result.alarms > 0;
    found.count += result.found;
  }
  report(alarms);
  report(found);
}

}  // namespace

void families(const Size& size, std::uint64_t seed, const Report& report) {
  for (std::size_t model = 0; model < machines.size(); ++model) {
    Tally alarms{fmt::format("200 cases: any false alarm, {}", machines[model].name), 0,
                 size.families, 0, 0.01};
    Random random(seed, 10 * model);
    for (std::int64_t i = 0; i < size.families; ++i) {
      alarms.count += judge_family({machines[model]}, random).alarms > 0;
    }
    report(alarms);
  }
  ProcedureOptions untrimmed;
  untrimmed.screen_trim = 0;
  ProcedureOptions long_screen;
  long_screen.screen_blocks = 20;
  for (const std::size_t model : {std::size_t{0}, std::size_t{3}, machines.size() - 1}) {
    for (const double slowdown : {0.05, 0.10}) {
      Random random(seed, 10 * model + static_cast<std::size_t>(100 * slowdown));
      const Noise& machine = machines[model];
      // What a screen of 6 blocks finds is only printed: with twice the machine's noise it is short.
      find_planted({machine, slowdown, untrimmed}, "6 blocks untrimmed", 0, size, random, report);
      find_planted({machine, slowdown}, "6 blocks", 0, size, random, report);
      find_planted({machine, slowdown, long_screen}, "20 blocks", slowdown > 0.07 ? 0.95 : 0.88,
                   size, random, report);
    }
  }
}

}  // namespace assay::simulation
