#include <fmt/format.h>

#include <algorithm>

#include "bench/statistics/hodges_lehmann.hpp"
#include "bench/statistics/procedure.hpp"
#include "bench/statistics/resample.hpp"
#include "bench/statistics/sign_flip.hpp"
#include "noise.hpp"
#include "simulations.hpp"

namespace assay::simulation {
namespace {

// Blocks of one case drawn with replacement.
std::vector<double> drawn(const std::vector<double>& blocks, std::size_t count, Random& random) {
  std::vector<double> result(count);
  for (double& d : result) {
    const auto at = static_cast<std::size_t>(random.uniform() * static_cast<double>(blocks.size()));
    d = blocks[at];
  }
  return result;
}

// Two-sided at 1 %: whether these values favour a sign.
bool favour_a_sign(std::vector<double> values) {
  const SignFlipTest test(values.size());
  if (test.p_greater(values) <= 0.005) return true;
  for (double& value : values) value = -value;
  return test.p_greater(values) <= 0.005;
}

// Screen and confirmation of all recorded cases as one family; how many are called a regression.
std::int64_t family_alarms(const std::vector<std::vector<double>>& cases, Random& random) {
  Procedure procedure(cases.size(), {});
  while (!procedure.requests().empty()) {
    std::vector<std::vector<double>> given;
    for (const Procedure::Request& r : procedure.requests()) {
      given.push_back(drawn(cases[r.index], r.blocks, random));
    }
    procedure.give(given);
  }
  std::int64_t alarms = 0;
  for (const CaseVerdict& v : procedure.verdicts()) {
    alarms += v.verdict.outcome == Outcome::regression ? 1 : 0;
  }
  return alarms;
}

}  // namespace

void recorded(const std::vector<std::vector<double>>& cases, const Size& size, std::uint64_t seed,
              const Report& report) {
  std::size_t blocks = 0;
  for (const std::vector<double>& each : cases) blocks += each.size();
  const std::string of = fmt::format("{} recorded A/A blocks of {} cases", blocks, cases.size());

  // The recording itself: is one side of it slower?
  Tally biased{"case whose own blocks show a difference (two-sided 1 %), " + of, 0, 0, 0, 0.01};
  for (const std::vector<double>& each : cases) {
    if (each.size() < 10) continue;
    ++biased.trials;
    biased.count += favour_a_sign(each) ? 1 : 0;
  }
  if (biased.trials > 0) report(biased);
  // All cases together see much less than one does: their estimates, in groups of as many as the exact
  // test takes.
  Tally together{"group of cases whose estimates favour a side, " + of, 0, 0, 0, 0.01};
  constexpr std::size_t most = 40;
  for (std::size_t first = 0; first + 10 <= cases.size(); first += most) {
    std::vector<double> estimates;
    for (std::size_t i = first; i < std::min(first + most, cases.size()); ++i) {
      estimates.push_back(hodges_lehmann(cases[i]));
    }
    if (estimates.size() < 10) break;
    ++together.trials;
    together.count += favour_a_sign(estimates) ? 1 : 0;
  }
  if (together.trials > 0) report(together);

  const ResampleOptions options{.rule = {}, .verdicts = size.verdicts, .seed = seed};
  report({"regression, 25 blocks resampled from " + of, resampled_false_alarms(cases, options),
          options.verdicts, 0, 0.01});

  Tally verdicts{"regression after screen and confirmation, resampled from " + of, 0, 0, 0, 0.01};
  Tally families{"any regression over all these cases, resampled", 0, size.families, 0, 0.01};
  Random random(seed, 77);
  const auto count = static_cast<std::int64_t>(cases.size());
  std::vector<std::vector<double>> null;
  for (const std::vector<double>& each : cases) null.push_back(centred(each));
  for (std::int64_t i = 0; i < size.families || i * count < size.verdicts; ++i) {
    const std::int64_t alarms = family_alarms(null, random);
    verdicts.count += alarms;
    verdicts.trials += count;
    if (i < size.families) families.count += alarms > 0;
  }
  report(verdicts);
  report(families);
}

}  // namespace assay::simulation
