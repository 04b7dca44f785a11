// What the statistics promise, tried on synthetic noise. Each simulation is one line: how often
// something happened, and the bound that it must keep.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assay::simulation {

struct Tally {
  std::string what;
  std::int64_t count = 0;
  std::int64_t trials = 0;
  double least = 0;  // the rate must not lie below
  double most = 1;   // nor above
  // Whether the rate may lie between `least` and `most`: nothing else is called broken than what
  // Clopper and Pearson's interval at 99.9 % excludes.
  [[nodiscard]] bool holds() const;
};

struct Size {
  std::int64_t intervals = 0;  // coverage
  std::int64_t verdicts = 0;   // per-case false alarms and power
  std::int64_t families = 0;   // of 200 cases each
  std::int64_t histories = 0;
};
[[nodiscard]] Size full_size();
[[nodiscard]] Size short_size();

using Report = std::function<void(const Tally&)>;

void coverage(const Size& size, std::uint64_t seed, const Report& report);
void false_alarms(const Size& size, std::uint64_t seed, const Report& report);
void power(const Size& size, std::uint64_t seed, const Report& report);
void families(const Size& size, std::uint64_t seed, const Report& report);
// `cases`: ln(T_B / T_A) of A/A blocks that were measured, one vector a case.
void recorded(const std::vector<std::vector<double>>& cases, const Size& size, std::uint64_t seed,
              const Report& report);
void histories(const Size& size, std::uint64_t seed, const Report& report);

}  // namespace assay::simulation
