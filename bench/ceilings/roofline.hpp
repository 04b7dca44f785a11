// The roofline plot: what arithmetic and memory allow at each intensity, and where cases stand
// (Williams, Waterman and Patterson, Communications of the ACM 52, 2009).
#pragma once

#include <vector>

#include "bench/ceilings/ceilings.hpp"
#include "bench/record.hpp"
#include "bench/svg.hpp"

namespace assay {

// A plot per piece of hardware: roofs under each instruction path's ceiling, from memory (solid) and
// from the fastest cache (dashed); dots for those records whose hardware it is.
[[nodiscard]] std::vector<Plot> roofline_plots(const std::vector<DeviceCeilings>& devices,
                                               const std::vector<Record>& records);

}  // namespace assay
