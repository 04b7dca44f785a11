// Slowdowns planted in chosen cases of one comparison of this build with itself: which of them were
// found, and whether any other case was called slower.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/ab/ab.hpp"

namespace assay {

struct Plant {
  double share = 0;     // 0.05: 5 % slower
  std::string pattern;  // NameFilter's, of problem names
};

// "5% REGEX" or "0.05 REGEX"; usage Error naming --plant. A semicolon is refused: it separates delays.
[[nodiscard]] Plant parse_plant(const std::string& text);

struct PlantedCases {
  Plant plant;
  std::vector<VerdictRow> found;   // called a regression
  std::vector<VerdictRow> missed;  // anything else
};

struct Planted {
  std::vector<PlantedCases> plants;  // a case belongs to the first that matches
  std::vector<VerdictRow> alarms;    // regressions where nothing was planted
  std::int64_t others = 0;           // cases with a verdict where nothing was planted
  AbResult ab;
};

[[nodiscard]] Planted run_planted(const WorkerSettings& worker, const CommonCases& cases,
                                  const std::vector<Plant>& plants, const AbOptions& options,
                                  Observer& observer, const std::atomic<bool>& interrupted);

// The rows of a comparison by what was planted in them.
[[nodiscard]] Planted sort_planted(const std::vector<Plant>& plants, AbResult ab);

// A line each for what was found, and every missed case and false alarm by name.
void report_planted(const Planted& planted, std::ostream& out);
[[nodiscard]] nlohmann::json planted_json(const Planted& planted);

// 1: a false alarm, or fewer than nine tenths of some plant found; 3: refused, or no case to plant in.
[[nodiscard]] Exit exit_code(const Planted& planted);

}  // namespace assay
