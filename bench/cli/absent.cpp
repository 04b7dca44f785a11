#include "bench/cli/absent.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/reporters/text.hpp"

namespace assay {

std::vector<std::string> backends_to_ask(const std::vector<std::string>& selectors,
                                         const std::vector<std::string>& required) {
  std::vector<std::string> backends = backends_for(selectors);
  if (required.empty()) return backends;
  for (std::string& name : backends_for(required)) {
    if (std::ranges::find(backends, name) == backends.end()) backends.push_back(std::move(name));
  }
  return backends;
}

bool all_here(const std::vector<std::string>& required, const Inventory& inventory,
              std::ostream& err) {
  if (required.empty()) return true;
  const Selection selected = select_devices(required, inventory);
  for (const MissingDevice& each : selected.missing) {
    err << "assay: refused: --require-device " << each.selector << ": " << each.reason << "\n";
  }
  return selected.missing.empty();
}

std::vector<Absent> absent_of(const Selection& selected) {
  std::vector<Absent> absent;
  for (const auto* list : {&selected.missing, &selected.lost}) {
    for (const MissingDevice& each : *list) {
      absent.push_back({each.selector, each.failed ? "failed" : "skipped", each.reason});
    }
  }
  return absent;
}

void report_absent(std::span<const Absent> absent, std::ostream& out) {
  for (const Absent& each : absent) {
    out << "\n"
        << printable(each.device) << "  " << each.status << ": " << printable(each.reason) << "\n";
  }
}

nlohmann::json absent_json(std::span<const Absent> absent) {
  nlohmann::json list = nlohmann::json::array();
  for (const Absent& each : absent) {
    list.push_back({{"device", each.device}, {"status", each.status}, {"reason", each.reason}});
  }
  return list;
}

Exit exit_code_of(std::span<const Absent> absent) {
  return std::ranges::any_of(absent, [](const Absent& each) { return each.status == "failed"; })
             ? Exit::failed
             : Exit::pass;
}

}  // namespace assay
