#include "bench/ab/common_cases.hpp"

#include <algorithm>
#include <map>

#include "bench/case.hpp"

namespace assay {

bool CommonCases::any() const {
  return std::ranges::any_of(cases, [](const PlannedCase& p) { return !p.settled; });
}

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
    const bool head_has = found != on_head.end() && !found->second->settled;
    if (!p.settled && !head_has) {
      common.only_base.push_back(case_name(p.c));
    } else if (!p.settled || !head_has) {
      // Settled on both sides it stays, with its reason: what was asked for doesn't vanish.
      common.cases.push_back(p);
      if (found != on_head.end()) on_head.erase(found);
    }
  }
  for (const PlannedCase& p : head) {
    if (on_head.contains(key(p)) && !p.settled) common.only_head.push_back(case_name(p.c));
  }
  return common;
}

std::string nothing_to_compare(const std::vector<PlannedCase>& planned) {
  for (const PlannedCase& p : planned) {
    if (p.settled && !p.settled->reason.empty()) {
      return "nothing to compare: " + case_name(p.c) + ": " + p.settled->reason;
    }
  }
  return "nothing to compare: no case";
}

}  // namespace assay
