#include "bench/ab/common_cases.hpp"

#include <map>

#include "bench/case.hpp"

namespace assay {

CommonCases common_cases(const std::vector<PlannedCase>& base,
                         const std::vector<PlannedCase>& head) {
  const auto key = [](const PlannedCase& p) {
    return case_name(p.c) + "\n" + p.device.info.name + "\n" + p.device.info.hardware;
  };
  std::map<std::string, const PlannedCase*> on_head;
  for (const PlannedCase& p : head) on_head[key(p)] = &p;
  CommonCases common;
  for (const PlannedCase& p : base) {
    const auto found = on_head.find(key(p));
    if (found == on_head.end() || p.settled || found->second->settled) {
      // A device that neither side has is not a difference between them.
      const bool missing_on_both = found != on_head.end() && p.settled && found->second->settled;
      if (!missing_on_both) {
        (p.settled ? common.only_head : common.only_base).push_back(case_name(p.c));
      }
    } else {
      common.cases.push_back(p);
    }
    if (found != on_head.end()) on_head.erase(found);
  }
  for (const PlannedCase& p : head) {
    if (on_head.contains(key(p)) && !p.settled) common.only_head.push_back(case_name(p.c));
  }
  return common;
}

}  // namespace assay
