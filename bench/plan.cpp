#include "bench/plan.hpp"

#include <algorithm>
#include <unordered_set>

#include "bench/filter.hpp"
#include "bench/select.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

Record settled_row(const Case& c, const MissingDevice& missing) {
  Record record;
  record.name = case_name(c);
  record.problem = c.problem;
  record.device = c.device;
  record.variant = c.variant;
  record.backend = missing.backend;
  record.status = missing.failed ? Status::failed : Status::skipped;
  record.reason = missing.reason;
  record.work = kernel_of(c.problem).work(c.problem);
  record.repro = "assay run '" + record.name + "'";
  return record;
}

class Planner {
 public:
  Planner(const PlanRequest& request, const Inventory& inventory)
      : inventory_(inventory),
        filter_(request.filter),
        selected_(select_devices(request.devices, inventory)),
        restricted_(!request.devices.empty()) {
    if (!selected_.devices.empty() || !selected_.missing.empty() || !selected_.lost.empty()) return;
    std::string reason = "no device here";
    for (const Unavailable& each : inventory.unavailable) {
      reason += "; " + each.backend + ": " + each.reason;
    }
    selected_.missing.push_back({"all", "", reason});
  }

  void add(const Case& c, bool argument) {
    if (c.device.empty()) {
      add_selection(c, selected_);
      return;
    }
    Selection own = select_devices(std::vector<std::string>{c.device}, inventory_);
    if (!argument && restricted_) {
      std::erase_if(own.devices, [&](const KnownDevice& device) {
        return std::ranges::none_of(
            selected_.devices, [&](const KnownDevice& other) { return other.id() == device.id(); });
      });
      own.missing.clear();
      std::erase_if(own.lost, [&](const MissingDevice& part) {
        return std::ranges::find(selected_.lost, part.selector, &MissingDevice::selector) ==
               selected_.lost.end();
      });
    }
    add_selection(c, own);
  }

  [[nodiscard]] std::vector<PlannedCase> finish() && {
    if (planned_.empty() && considered_ > 0) {
      throw usage_error("filter '" + filter_.pattern() + "' matches none of " +
                        std::to_string(considered_) + " cases, such as " + example_);
    }
    return std::move(planned_);
  }

 private:
  void add_selection(const Case& c, const Selection& selection) {
    for (const KnownDevice& device : selection.devices) {
      const Case placed = {c.problem, device.id(), c.variant};
      if (!wanted(placed)) continue;
      planned_.push_back({placed, device, std::nullopt});
    }
    for (const MissingDevice& missing : selection.missing) add_row(c, missing);
    for (const MissingDevice& part : selection.lost) add_row(c, part);
  }

  void add_row(const Case& c, const MissingDevice& missing) {
    const Case placed = {c.problem, missing.selector, c.variant};
    if (wanted(placed)) planned_.push_back({placed, {}, settled_row(placed, missing)});
  }

  bool wanted(const Case& c) {
    const std::string name = case_name(c);
    if (!seen_.insert(name).second) return false;
    if (considered_++ == 0) example_ = name;
    return filter_.keeps(name);
  }

  const Inventory& inventory_;
  NameFilter filter_;
  Selection selected_;
  bool restricted_;
  std::unordered_set<std::string> seen_;
  std::size_t considered_ = 0;
  std::string example_;  // the first of those
  std::vector<PlannedCase> planned_;
};

}  // namespace

std::vector<PlannedCase> plan_cases(const PlanRequest& request, const Inventory& inventory) {
  Planner planner(request, inventory);
  for (const Case& c : request.argument_cases) planner.add(c, true);
  for (const Case& c : request.suite_cases) planner.add(c, false);
  return std::move(planner).finish();
}

std::vector<std::string> backends_for(const PlanRequest& request) {
  std::vector<std::string> selectors = request.devices;
  bool some_without = false;
  for (const std::vector<Case>* cases : {&request.suite_cases, &request.argument_cases}) {
    for (const Case& c : *cases) {
      some_without = some_without || c.device.empty();
      if (!c.device.empty()) selectors.push_back(c.device);
    }
  }
  // The devices that a run takes where nothing is named.
  if (request.devices.empty() && some_without) selectors.emplace_back("all");
  return backends_for(selectors);
}

}  // namespace assay
