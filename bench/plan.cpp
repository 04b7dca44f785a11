#include "bench/plan.hpp"

#include <algorithm>
#include <unordered_set>

#include "backends/host.hpp"
#include "bench/filter.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

Record settled_row(const Case& c, std::string reason) {
  Record record;
  record.name = case_name(c);
  record.problem = c.problem;
  record.device = c.device;
  record.variant = c.variant;
  record.status = Status::skipped;
  record.reason = std::move(reason);
  record.work = kernel_of(c.problem).work(c.problem);
  record.repro = "assay run '" + record.name + "'";
  return record;
}

// Why the problem's tensors can't fit, or nothing. A lower bound: packed copies and the ring of a
// cold measurement come on top.
std::string too_large(const Problem& problem, const KnownDevice& device, double host_bytes) {
  const auto need = static_cast<double>(problem.bytes());
  const auto memory = static_cast<double>(device.info.memory_bytes);
  const std::string needs = "needs " + bytes_text(need) + ", ";
  if (memory > 0 && need > memory) return needs + device.id() + " has " + bytes_text(memory);
  if (host_bytes > 0 && need > host_bytes) return needs + "the host has " + bytes_text(host_bytes);
  const auto limit = static_cast<double>(device.info.max_allocation_bytes);
  for (const TensorSpec& spec : problem.tensors) {
    const auto bytes = static_cast<double>(spec.bytes());
    if (limit > 0 && bytes > limit) {
      return "tensor " + spec.name + " needs " + bytes_text(bytes) + ", the largest buffer of " +
             device.id() + " is " + bytes_text(limit);
    }
  }
  return {};
}

class Planner {
 public:
  Planner(const PlanRequest& request, const Inventory& inventory)
      : inventory_(inventory),
        filter_(request.filter),
        selected_(select_devices(request.devices, inventory)),
        restricted_(!request.devices.empty()),
        host_bytes_(static_cast<double>(host_device_info().memory_bytes)) {}

  void add(const Case& c, bool argument) {
    if (c.device.empty()) {
      add_selection(c, selected_);
      return;
    }
    Selection own = select_devices(std::vector<std::string>{c.device}, inventory_);
    if (!argument && restricted_) {
      std::erase_if(own.devices, [&](const KnownDevice& device) {
        return std::ranges::none_of(selected_.devices, [&](const KnownDevice& other) {
          return other.id() == device.id();
        });
      });
      own.missing.clear();
    }
    add_selection(c, own);
  }

  [[nodiscard]] std::vector<PlannedCase> finish() && {
    if (planned_.empty() && considered_ > 0) {
      throw usage_error("filter '" + filter_.pattern() + "' matches none of " +
                        std::to_string(considered_) + " cases");
    }
    return std::move(planned_);
  }

 private:
  void add_selection(const Case& c, const Selection& selection) {
    for (const KnownDevice& device : selection.devices) {
      const Case placed = {c.problem, device.id(), c.variant};
      if (!wanted(placed)) continue;
      PlannedCase planned = {placed, device, std::nullopt};
      if (std::string reason = too_large(c.problem, device, host_bytes_); !reason.empty()) {
        planned.settled = settled_row(placed, std::move(reason));
        planned.settled->backend = device.backend;
        planned.settled->device_name = device.info.name;
        planned.settled->vendor = device.info.vendor;
        planned.settled->hardware = device.info.hardware;
      }
      planned_.push_back(std::move(planned));
    }
    for (const MissingDevice& missing : selection.missing) {
      const Case placed = {c.problem, missing.selector, c.variant};
      if (!wanted(placed)) continue;
      PlannedCase planned = {placed, {}, settled_row(placed, missing.reason)};
      planned.settled->backend = missing.backend;
      planned_.push_back(std::move(planned));
    }
  }

  bool wanted(const Case& c) {
    const std::string name = case_name(c);
    if (!seen_.insert(name).second) return false;
    ++considered_;
    return filter_.keeps(name);
  }

  const Inventory& inventory_;
  NameFilter filter_;
  Selection selected_;
  bool restricted_;
  double host_bytes_;
  std::unordered_set<std::string> seen_;
  std::size_t considered_ = 0;
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
