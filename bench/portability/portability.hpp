// Performance portability: how much of a suite each platform runs right, and how near it comes to
// what is possible there.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/claims/evidence.hpp"
#include "bench/statistics/estimate.hpp"

namespace assay {

enum class PortabilityBy : std::uint8_t { backend, device, vendor };
[[nodiscard]] PortabilityBy parse_portability(const std::string& word);  // usage Error

// One problem on one platform.
struct PortableCase {
  std::string problem;
  std::string device;
  std::string backend;  // the fastest of the platform
  std::string reason;   // why there is no time; empty: there is one
  double seconds = 0;
  double of_best = 0;                // best known time / this time: of backends on that device
  std::optional<double> of_ceiling;  // of the ceiling that binds it, where that is known
};

// Efficiencies of several cases. A mean alone hides what isn't run and what is slow, so all of this
// belongs together.
struct EfficiencySummary {
  std::size_t cases = 0;
  Estimate harmonic;  // mean over cases that ran, 95 % by bootstrap over runs
  // Of the case with the fewest, but for those held against themselves; no limit where all are.
  std::size_t least_launches = std::numeric_limits<std::size_t>::max();
  [[nodiscard]] bool has_interval() const { return least_launches >= fewest_for_interval; }
  double minimum = 0;
  std::string worst;            // the minimum's problem
  std::vector<double> cascade;  // all of them, highest first
};

struct PortabilityGroup {
  std::string platform;         // a backend, device or vendor
  std::set<std::string> chips;  // that it was measured on: "AMD EPYC (CPU)"
  std::size_t tried = 0;
  std::size_t absent = 0;  // of those, not among its own records
  std::size_t right = 0;   // ran and verified: coverage is right / tried
  std::vector<PortableCase> cases;
  std::optional<EfficiencySummary> of_best;
  std::optional<EfficiencySummary> of_ceiling;
  // Pennycook, Sewall and Lee, "A metric for performance portability" (2016): the harmonic mean over
  // all problems, 0 if one isn't run.
  [[nodiscard]] double portability() const;
  [[nodiscard]] double coverage() const {
    return tried == 0 ? 0 : static_cast<double>(right) / static_cast<double>(tried);
  }
};

// Platforms in alphabetical order. What any platform tried counts as tried by all platforms of the
// same kind of comparison. A backend is held against the best on each device, a device or vendor
// against the best of all, of problems that more than one of them ran. Efficiencies above 1.05 of a ceiling are left out. `reference` and `null` are no platforms.
[[nodiscard]] std::vector<PortabilityGroup> portability(const Evidence& evidence, PortabilityBy by);

}  // namespace assay
