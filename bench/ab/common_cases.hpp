// Which cases can be compared: those that both sides have.
#pragma once

#include <string>
#include <vector>

#include "bench/plan.hpp"

namespace assay {

// Cases that both sides have: planned on both, compared by name, the device's name and hardware, and
// those that neither can run (`settled`). The others are listed.
struct CommonCases {
  std::vector<PlannedCase> cases;
  [[nodiscard]] bool any() const;  // that isn't settled
  std::vector<std::string> only_base;
  std::vector<std::string> only_head;
};
[[nodiscard]] CommonCases common_cases(const std::vector<PlannedCase>& base,
                                       const std::vector<PlannedCase>& head);

// Why nothing of what was planned can be compared: the first case that has a reason.
[[nodiscard]] std::string nothing_to_compare(const std::vector<PlannedCase>& planned);

}  // namespace assay
