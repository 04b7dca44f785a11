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
#include "bench/statistics/steps.hpp"
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

bool covers(const std::optional<Estimate>& interval, double truth) {
  return interval && interval->low <= truth && truth <= interval->high;
}

}  // namespace

bool Tally::holds() const {
  const Estimate rate = clopper_pearson(count, trials, 0.999);
  return rate.high >= least && rate.low <= most;
}

Size full_size() { return {40000, 20000, 3000, 4000}; }
Size short_size() { return {4000, 2000, 150, 400}; }

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
}

void false_alarms(const Size& size, std::uint64_t seed, const Report& report) {
  for (std::size_t model = 0; model < machines.size(); ++model) {
    const Noise& noise = machines[model];
    Random random(seed, model);
    Tally test_alone{fmt::format("L > 1 of A/A, 25 blocks, {}", noise.name), 0, size.verdicts, 0,
                     0.01};
    Tally verdict{fmt::format("regression of A/A, 25 blocks, {}", noise.name), 0, size.verdicts, 0,
                  0.01};
    const SignFlipTest test(25);
    for (std::int64_t i = 0; i < size.verdicts; ++i) {
      const std::vector<double> d = abba_blocks(noise, 0, 25, random);
      const Estimate e = bounds(test, d);
      test_alone.count += e.low > 0;
      verdict.count += judge(e, {}).outcome == Outcome::regression;
    }
    report(test_alone);
    report(verdict);

    Tally whole{fmt::format("regression of A/A, screen and confirmation, {}", noise.name), 0,
                size.verdicts, 0, 0.01};
    for (std::int64_t i = 0; i < size.verdicts; ++i) {
      Procedure procedure(1, {});
      while (!procedure.requests().empty()) {
        const std::size_t blocks = procedure.requests().front().blocks;
        const std::vector<std::vector<double>> given = {abba_blocks(noise, 0, blocks, random)};
        procedure.give(given);
      }
      whole.count += procedure.verdicts()[0].verdict.outcome == Outcome::regression;
    }
    report(whole);
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

void families(const Size& size, std::uint64_t seed, const Report& report) {
  constexpr std::size_t cases = 200;
  constexpr std::size_t planted = 10;
  for (const double slowdown : {0.0, 0.05, 0.10}) {
    for (std::size_t model = 0; model < machines.size(); ++model) {
      if (slowdown > 0 && model != 0 && model != 3) continue;
      Tally alarms{fmt::format("200 cases, {} of them {:.0f} % slower: any false alarm, {}",
                               slowdown > 0 ? planted : 0, 100 * slowdown, machines[model].name),
                   0, size.families, 0, 0.01};
      Tally found{fmt::format("slowdowns of {:.0f} % found among 200 cases, {}", 100 * slowdown,
                              machines[model].name),
                  0, size.families * static_cast<std::int64_t>(planted), 0, 1};
      Random random(seed, 10 * model + static_cast<std::size_t>(100 * slowdown));
      for (std::int64_t i = 0; i < size.families; ++i) {
        Procedure procedure(cases, {});
        const auto slower = [&](std::size_t c) { return slowdown > 0 && c < planted; };
        while (!procedure.requests().empty()) {
          std::vector<std::vector<double>> blocks;
          for (const Procedure::Request& r : procedure.requests()) {
            // Cases differ in their noise: from half to twice the machine's.
            Noise noise = machines[model];
            noise.size *= std::exp2(2 * static_cast<double>(r.index % 11) / 10 - 1);
            const double shift = slower(r.index) ? std::log1p(slowdown) : 0;
            blocks.push_back(abba_blocks(noise, shift, r.blocks, random));
          }
          procedure.give(blocks);
        }
        bool alarm = false;
        for (std::size_t c = 0; c < cases; ++c) {
          const bool called = procedure.verdicts()[c].verdict.outcome == Outcome::regression;
          alarm = alarm || (called && !slower(c));
          found.count += called && slower(c);
        }
        alarms.count += alarm;
      }
      report(alarms);
      if (slowdown > 0) report(found);
    }
  }
}

namespace {

void recall(std::string_view name, double persistence, double outliers, const Size& size,
            std::uint64_t seed, const Report& report) {
  // Neighbours that resemble each other, and wild values, cost recall: only printed.
  const double least = persistence > 0 ? 0 : 0.92;
  const auto tally = [&](std::string_view found, double bound) {
    return Tally{fmt::format("step of 3 % at 2 % noise, {}: {}", name, found), 0, size.histories,
                 bound, 1};
  };
  Tally any = tally("found", least);
  Tally within5 = tally("found within 5 points", least);
  Tally within1 = tally("found within 1 point", 0);
  Random random(seed, persistence > 0 ? 2001 : 2000);
  for (std::int64_t i = 0; i < size.histories; ++i) {
    auto values = series(0.02, persistence, outliers, 100, random);
    const auto at = static_cast<std::size_t>(20 + 60 * random.uniform());
    for (std::size_t k = at; k < values.size(); ++k) values[k] += std::log(1.03);
    const std::vector<Step> steps = find_steps(values, {});
    std::size_t nearest = values.size();
    for (const Step& step : steps) {
      const std::size_t found = step.before + 1;
      nearest = std::min(nearest, found > at ? found - at : at - found);
    }
    any.count += !steps.empty();
    within5.count += nearest <= 5;
    within1.count += nearest <= 1;
  }
  for (const Tally* t : {&any, &within5, &within1}) report(*t);
}

}  // namespace

void histories(const Size& size, std::uint64_t seed, const Report& report) {
  struct Model {
    std::string_view name;
    double persistence;
    double outliers;
    double most;
  };
  for (const Model& model : {Model{"independent", 0, 0, 0.01},
                             Model{"autocorrelated 0.3, 2 % outliers", 0.3, 0.02, 0.05}}) {
    for (const std::size_t points : {std::size_t{30}, std::size_t{100}, std::size_t{300}}) {
      const double share = std::max(1.0, static_cast<double>(points) / 100);
      Tally alarms{
          fmt::format("history of {} points, {}: any step in pure noise", points, model.name), 0,
          size.histories, 0, model.most * share};
      Random random(seed, points + (model.persistence > 0 ? 1000 : 0));
      for (std::int64_t i = 0; i < size.histories; ++i) {
        const auto values = series(0.02, model.persistence, model.outliers, points, random);
        alarms.count += !find_steps(values, {}).empty();
      }
      report(alarms);
    }
    recall(model.name, model.persistence, model.outliers, size, seed, report);
  }
}

}  // namespace assay::simulation
