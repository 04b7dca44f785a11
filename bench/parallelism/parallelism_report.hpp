// Parallelism as text, JSON and SVG.
#pragma once

#include <ostream>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/parallelism/parallelism.hpp"
#include "bench/svg.hpp"

namespace assay {

void report_parallelism(const std::vector<DeviceParallelism>& devices,
                        const std::vector<DeviceComparison>& comparisons, std::ostream& out);
// See results/README.md.
[[nodiscard]] nlohmann::json parallelism_json(const std::vector<DeviceParallelism>& devices,
                                              const std::vector<DeviceComparison>& comparisons);
// A plot per sweep that has points, the devices in it as curves.
[[nodiscard]] std::vector<Plot> scaling_plots(const std::vector<DeviceParallelism>& devices);

// A plot per group of contests: the accelerator's time over the host's against the size.
[[nodiscard]] std::vector<Plot> contest_plots(const std::vector<DeviceComparison>& comparisons);

}  // namespace assay
