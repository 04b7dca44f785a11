// Which ceilings a case is held against.
#pragma once

#include <optional>
#include <vector>

#include "bench/ceilings/paired.hpp"
#include "bench/launch.hpp"

namespace assay {

// A ceiling of an attempt, and where it goes.
struct Need {
  NeededCeiling needed;
  std::optional<PairedCeiling> PairedCeilings::* into;
};

// `attempt` is prepared.
[[nodiscard]] std::vector<Need> needs_of(const Attempt& attempt);

}  // namespace assay
