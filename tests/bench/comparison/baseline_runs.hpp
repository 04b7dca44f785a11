// Runs made up for tests of baselines and gates.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "../statistics/noise.hpp"
#include "bench/comparison/baseline.hpp"
#include "results.hpp"

namespace assay {

inline nlohmann::json context(const std::string& model = "CPU 1") {
  return {{"assay",
           {{"processor", {{"model", model}, {"microcode", "0x1"}}},
            {"limits", {{"cpu_quota", "none"}}},
            {"devices", {{{"device", "onednn:0"}, {"driver", "3.7"}, {"name", "x"}}}},
            {"build", {{"source_revision", "abc"}}},
            {"variables", {{"OMP_NUM_THREADS", "2"}}}}}};
}

inline ResultFile run_of(double scale, const std::string& model = "CPU 1") {
  ResultFile file = made_file("run.json", "2025-01-01T00:00:00+00:00",
                              {made_case("matmul/dtype:f32/m:1", {1000 * scale, 1001 * scale}),
                               made_case("matmul/dtype:f32/m:2", {50 * scale, 51 * scale})});
  file.context = context(model);
  return file;
}

inline void append(const ResultFile& run, const std::string& reason,
                   std::vector<BaselineEntry>& entries) {
  for (const ResultCase& c : run.cases) entries.push_back(baseline_entry(run, c, reason));
}

// Ten runs that differ by 1 %.
inline std::vector<BaselineEntry> ten_runs() {
  simulation::Random random(1, 0);
  std::vector<BaselineEntry> entries;
  for (int i = 0; i < 10; ++i) append(run_of(std::exp(0.01 * random.normal())), "", entries);
  return entries;
}

}  // namespace assay
