// simulate [--short] [--seed N] [coverage|alarms|power|families|histories]…
// Prints how the statistics of comparisons fare on synthetic noise; exit 1 if a promise is broken.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "bench/statistics/proportion.hpp"
#include "simulations.hpp"

int main(int argc, char** argv) {
  using namespace assay::simulation;
  Size size = full_size();
  std::uint64_t seed = 20250101;
  std::vector<std::string_view> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--short") {
      size = short_size();
    } else if (word == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      wanted.push_back(word);
    }
  }
  bool holds = true;
  const auto report = [&](const Tally& tally) {
    const assay::Estimate rate = assay::clopper_pearson(tally.count, tally.trials);
    fmt::print("{:4} {:7.3f} %  [{:7.3f}, {:7.3f}] of {:6}  must be {:6.2f} to {:6.2f} %  {}\n",
               tally.holds() ? "ok" : "FAIL", 100 * rate.value, 100 * rate.low, 100 * rate.high,
               tally.trials, 100 * tally.least, 100 * tally.most, tally.what);
    std::fflush(stdout);
    holds = holds && tally.holds();
  };
  const auto runs = [&](std::string_view name) {
    for (const std::string_view word : wanted) {
      if (word == name) return true;
    }
    return wanted.empty();
  };
  fmt::print("seed {}; intervals are Clopper and Pearson's at 95 %\n", seed);
  if (runs("coverage")) coverage(size, seed, report);
  if (runs("alarms")) false_alarms(size, seed, report);
  if (runs("power")) power(size, seed, report);
  if (runs("families")) families(size, seed, report);
  if (runs("histories")) histories(size, seed, report);
  return holds ? 0 : 1;
}
