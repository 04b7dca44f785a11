// What the system says of its processors; measurements may show otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

// Logical processors that this process may run on, in rising order; empty if unknown.
[[nodiscard]] std::vector<std::int64_t> allowed_processors();

// "1 package, 2 cores, 2 logical processors (hwloc 2.9.0)"; "not measurable here" without hwloc.
[[nodiscard]] std::string reported_topology();

}  // namespace assay
