// What a run will do: its cases, in the written order, and how they are measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/case.hpp"
#include "bench/inventory.hpp"
#include "bench/record.hpp"
#include "kernels/kernel.hpp"

namespace assay {

struct Measure {
  int launches = 5;            // worker processes per case
  int max_launches = 30;       // more of them while the interval is wider than `precision`
  double min_time_s = 0.1;     // measured per case and launch, at least
  std::int64_t min_calls = 0;  // and at least so many calls
  int min_repeats = 0;         // and so many samples, each a time of its own
  double budget_s = 180;       // of the whole run; a case gets an equal share
  double energy_s = 0;         // of calls whose energy is measured too, per case and launch
  double precision = 0.05;     // half width of the 95 % interval over launches
  Fill fill = Fill::random;
  std::uint64_t seed = 0;  // order of cases and inputs
  bool ceilings = false;   // hold each case against its hardware's, measured beside it
  WorkerSettings worker;
};

// A case to be run, or (with `settled`) a row that is known without running: no such device.
struct PlannedCase {
  Case c;
  KnownDevice device;  // meaningless where settled
  std::optional<Record> settled;
};

struct Plan {
  std::vector<PlannedCase> cases;
  Measure measure;
  Inventory here = {};  // what else there is: for ceilings of hardware whose own backend has none
};

// What the user asked for. The device of a case is a selector (select.hpp), or empty.
struct PlanRequest {
  std::vector<Case> suite_cases;     // with a device: only where `devices` has it too
  std::vector<Case> argument_cases;  // with a device: there, whatever `devices` says
  std::vector<std::string> devices;  // selectors; none: the default devices
  std::string filter;                // NameFilter's pattern; empty keeps everything
};

// Every case on each of its devices, each name once, problem by problem in the written order.
// Settled are those without a device here. Usage Error for bad selectors or filters, and for a
// filter that keeps nothing.
[[nodiscard]] std::vector<PlannedCase> plan_cases(const PlanRequest& request,
                                                  const Inventory& inventory);

// The backends that a request needs to ask for their devices.
[[nodiscard]] std::vector<std::string> backends_for(const PlanRequest& request);

}  // namespace assay
